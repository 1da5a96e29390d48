/** Whether this user's events are sent, as the server and they themselves say, and the key to send with. */
import { call } from "../api";

export type OwnTracking = {
  enabled: boolean;
  /** Whether this server wants it at all, and what the user says. */
  available: boolean;
  chosen: boolean;
  kept_days: number;
  write_key?: string | null;
  expires_ts?: number | null;
};

/** Milliseconds before its end in which a key is renewed. */
const EARLY_MS = 3_600_000;

let known: OwnTracking | null = null;

/** What is known, or what the server says. Rejects with `ApiError` or `Unreachable`. */
export async function ownTracking(anew = false): Promise<OwnTracking> {
  if (known === null || anew || (known.expires_ts ?? Infinity) - EARLY_MS < Date.now()) known = await call<OwnTracking>("GET", "/repair/tracking");
  return known;
}

/** What is known without asking: for a page that is being left. */
export function knownTracking(): OwnTracking | null {
  return known;
}

/** Switch it on or off; off erases what the server has. */
export async function chooseTracking(enabled: boolean): Promise<OwnTracking> {
  known = await call<OwnTracking>("PUT", "/repair/tracking", { body: { enabled } });
  return known;
}

/** Another user signs in on this page. */
export function forgetTracking(): void {
  known = null;
}
