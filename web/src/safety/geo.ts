/** Distances on a sphere, in words that tell nobody where anybody is. Pure; latitudes and longitudes are in degrees. */
import type { Area } from "./types";

export type Point = { latitude: number; longitude: number };
const EARTH_M = 6_371_008.8;
const RADIAN = Math.PI / 180;

/** Metres between two points. */
export function distance(one: Point, other: Point): number {
  const [phi, other_phi] = [one.latitude * RADIAN, other.latitude * RADIAN];
  const across = Math.sin(((other.longitude - one.longitude) * RADIAN) / 2) ** 2;
  const up = Math.sin((other_phi - phi) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(up + Math.cos(phi) * Math.cos(other_phi) * across)));
}

/** Metres from a point to an area; 0: in it. Polygons are taken as plane, which is good enough for words. */
export function distanceTo(area: Area, point: Point): number {
  const circles = (area.circles ?? []).map((circle) => Math.max(0, distance(circle, point) - circle.radius));
  const polygons = (area.polygons ?? []).map(({ corners }) => (isInside(corners, point) ? 0 : Math.min(...corners.map(([latitude, longitude]) => distance({ latitude, longitude }, point)))));
  return Math.min(...circles, ...polygons);
}

/** Whether a ray to the north crosses the edge an odd number of times. */
function isInside(corners: readonly (readonly [number, number])[], { latitude, longitude }: Point): boolean {
  const turned = corners.map(([corner, other]) => [corner, ((other - longitude + 540) % 360) - 180] as const);
  let isIn = false;
  turned.forEach(([y, x], at) => {
    const [before_y, before_x] = turned.at(at - 1) ?? [y, x];
    // What is longer than half around goes the other way.
    if (Math.abs(x - before_x) < 180 && x > 0 !== before_x > 0 && y + ((before_y - y) * -x) / (before_x - x) > latitude) isIn = !isIn;
  });
  return isIn;
}

export const ROUGH = ["inside", "near", "walk", "ride", "far"] as const;
export type Rough = (typeof ROUGH)[number];

/** How far it is, as roughly as one may say it. */
export function rough(metres: number): Rough {
  if (metres <= 0) return "inside";
  return metres < 1000 ? "near" : metres < 5000 ? "walk" : metres < 50_000 ? "ride" : "far";
}

/** The point of a `geo:` URI. RFC 5870 */
export function fromGeo(uri: unknown): (Point & { accuracy: number }) | null {
  const found = typeof uri === "string" ? /^geo:(-?\d{1,3}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)(?:,-?[\d.]+)?(?:;.*?\bu=(\d+(?:\.\d+)?))?/i.exec(uri) : null;
  if (found === null) return null;
  const [latitude, longitude] = [Number(found[1]), Number(found[2])];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude, accuracy: Number(found[3] ?? 30) } : null;
}

export function toGeo({ latitude, longitude, accuracy }: Point & { accuracy: number }): string {
  return `geo:${latitude.toFixed(6)},${longitude.toFixed(6)};u=${Math.round(accuracy)}`;
}
