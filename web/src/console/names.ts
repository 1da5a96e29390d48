/** What people are called: their name, or else the part of their id before the colon. */
import { call } from "../api";
import type { Person } from "./types";

const MOST_ASKED = 500;

export function shortId(userId: string): string {
  return userId.replace(/^@/, "").split(":")[0] ?? userId;
}

export function nameOfPerson(person: Pick<Person, "user_id" | "display_name">): string {
  return person.display_name || shortId(person.user_id);
}

const MOST_KEPT = 5000;
const known = new Map<string, string>();

/** What these users are called; those without a name by their ids. Rejects as the server does. */
export async function namesOf(userIds: readonly (string | null | undefined)[], signal?: AbortSignal): Promise<(userId: string) => string> {
  const unknown = [...new Set(userIds.filter((id): id is string => Boolean(id) && !known.has(id!)))];
  if (known.size > MOST_KEPT) known.clear();
  for (let start = 0; start < unknown.length; start += MOST_ASKED) {
    const asked = unknown.slice(start, start + MOST_ASKED);
    const { names } = await call<{ names: Record<string, string> }>("POST", "/names", { body: { user_ids: asked }, ...(signal ? { signal } : {}) });
    for (const id of asked) known.set(id, names[id] || shortId(id));
  }
  return (userId) => known.get(userId) ?? shortId(userId);
}

/** Somebody may have another name now. */
export function forgetName(userId: string): void {
  known.delete(userId);
}
