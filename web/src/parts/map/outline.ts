/** Outlines that somebody taps on a map, corner by corner. */
import type { Pin } from "./types";

/** Latitude, longitude. */
export type Corner = readonly [number, number];
export const MOST_CORNERS = 100;

/** A pin for each corner. */
export function cornerPins(corners: readonly Corner[], label: (number: number) => string): Pin[] {
  return corners.map(([latitude, longitude], index) => ({ id: `corner ${index}`, latitude, longitude, label: label(index + 1), tone: "place" }));
}

/** The corners as the server takes them: longitude, latitude. */
export function ringOf(corners: readonly Corner[]): Corner[] {
  return corners.map(([latitude, longitude]) => [longitude, latitude]);
}
