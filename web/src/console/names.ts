/** What people are called: their name, or else the part of their id before the colon. */
import type { Person } from "./types";

export function shortId(userId: string): string {
  return userId.replace(/^@/, "").split(":")[0] ?? userId;
}

export function nameOfPerson(person: Pick<Person, "user_id" | "display_name">): string {
  return person.display_name || shortId(person.user_id);
}
