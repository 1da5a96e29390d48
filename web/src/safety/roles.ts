/** Why somebody is in the group of an event. */
import type { Room } from "matrix-js-sdk";

const ROLE = "org.roomkeeper.safety.role";

/** Their role (empty: they have none, as the server's own account), and what their organisation is called. */
export function roleOf(room: Room, userId: string): { role: string; name: string } {
  const content = room.currentState.getStateEvents(ROLE, userId.slice(1))?.getContent() ?? {};
  return { role: typeof content["role"] === "string" ? content["role"] : "", name: typeof content["name"] === "string" ? content["name"] : "" };
}

export function isResponsible(role: string): boolean {
  return role === "organisation" || role === "officer";
}
