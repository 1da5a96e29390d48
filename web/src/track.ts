/**
 * What people do, told in one place: each user action of weight is a tracking event. The newest ones are kept in memory;
 * `tracking/sender.ts` sends them on, where the server and the user want that. See docs/repair.md.
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
let listener: (event: TrackingEvent) => void = () => {};

/** Note one action; gives its correlation id. Properties hold ids, kinds and counts, never what people wrote. */
export function track(name: string, properties: TrackingEvent["properties"] = {}, correlationId = newId()): string {
  const event = { name, time: Date.now(), correlationId, properties };
  kept.push(event);
  if (kept.length > MOST_KEPT) kept.shift();
  listener(event);
  return correlationId;
}

/** The newest events, oldest first. */
export function tracked(): readonly TrackingEvent[] {
  return kept;
}

/** Have events told from now on, to one listener; the newest ones that were before are what comes back. */
export function onTracked(listen: (event: TrackingEvent) => void): readonly TrackingEvent[] {
  listener = listen;
  return [...kept];
}

// Who looks into a problem on somebody's own page reads them in the browser's console, and so do the tests.
Object.assign(globalThis, { roomkeeper: { tracked } });

export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
