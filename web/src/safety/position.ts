/** Where this device is. */
import type { Point } from "./geo";

/** `ts`: when it was measured. */
export type Here = Point & { accuracy: number; ts: number };

const LONGEST_MS = 20_000;
const NEW_MS = 15_000;

/** The device tells no position: it may not, or it does not know. */
export class NoPosition extends Error {
  constructor(readonly why: "noPermission" | "noPosition") {
    super(why);
  }
}

export function hereOf({ coords, timestamp }: GeolocationPosition): Here {
  return { latitude: coords.latitude, longitude: coords.longitude, accuracy: coords.accuracy, ts: Math.round(timestamp) };
}

export function whyNot(error: GeolocationPositionError): NoPosition {
  return new NoPosition(error.code === error.PERMISSION_DENIED ? "noPermission" : "noPosition");
}

/** Rejects with `NoPosition`. */
export function currentPosition(): Promise<Here> {
  return new Promise((resolve, reject) => {
    if (!("geolocation" in navigator)) return reject(new NoPosition("noPosition"));
    navigator.geolocation.getCurrentPosition((found) => resolve(hereOf(found)), (error) => reject(whyNot(error)), { enableHighAccuracy: true, timeout: LONGEST_MS, maximumAge: NEW_MS });
  });
}
