/**
 * What people do, told in one place: each user action of weight is a tracking event. Nothing is sent yet; the newest
 * ones are kept in memory, where a sender can take them.
 */
export type TrackingEvent = {
  name: string;
  /** Milliseconds since 1970. */
  time: number;
  /** Ties the events of one action together, on the client and on the server. */
  correlationId: string;
  properties: Readonly<Record<string, string | number | boolean>>;
};

const MOST_KEPT = 500;
const kept: TrackingEvent[] = [];

/** Note one action; gives its correlation id. Properties hold ids, kinds and counts, never what people wrote. */
export function track(name: string, properties: TrackingEvent["properties"] = {}, correlationId = newId()): string {
  kept.push({ name, time: Date.now(), correlationId, properties });
  if (kept.length > MOST_KEPT) kept.shift();
  return correlationId;
}

/** The newest events, oldest first. */
export function tracked(): readonly TrackingEvent[] {
  return kept;
}

// Who looks into a problem on somebody's own page reads them in the browser's console, and so do the tests.
Object.assign(globalThis, { roomkeeper: { tracked } });

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
