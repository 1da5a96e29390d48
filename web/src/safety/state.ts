/** What rooms say of safety events: docs/safety.md. */
import type { Room } from "matrix-js-sdk";

const EVENT = "org.roomkeeper.safety";
const ASK = "org.roomkeeper.safety.ask";

/** What the group of an event is about. `area` is GeoJSON, as text. */
export type Group = { event_id: string; kind: string; status: string; title: string; severity: string; is_trusted: boolean; area: string; summary?: string };
/** What an invitation asks, and why one is asked. */
export type Ask = { event_id: string; kind: string; title: string; reason: string };

export function groupOf(room: Room): Group | null {
  const content = room.currentState.getStateEvents(EVENT, "")?.getContent();
  return typeof content?.["event_id"] === "string" ? (content as Group) : null;
}

/** It stands in one's own membership: of an invitation one sees little else. */
export function askOf(room: Room): Ask | null {
  const asked: unknown = room.getMember(room.myUserId)?.events.member?.getContent()[ASK];
  return typeof asked === "object" && asked !== null && typeof (asked as Ask).event_id === "string" ? (asked as Ask) : null;
}
