/** People who are named in what one writes. */
import type { Room, RoomMember } from "matrix-js-sdk";

/** Names by the user ids that they stand for, as they were chosen. */
export type Mentions = ReadonlyMap<string, string>;
const MOST = 6;

/** The "@" word right before the caret: where it begins, and what follows the sign. */
export function asked(text: string, caret: number): { start: number; query: string } | null {
  const found = /(?:^|\s)@([^\s@]*)$/.exec(text.slice(0, caret));
  return found ? { start: caret - (found[1] ?? "").length - 1, query: (found[1] ?? "").toLowerCase() } : null;
}

export function candidates(room: Room, query: string): RoomMember[] {
  return room
    .getJoinedMembers()
    .filter((member) => member.userId !== room.myUserId)
    .filter((member) => member.rawDisplayName.toLowerCase().includes(query) || member.userId.slice(1).startsWith(query))
    .slice(0, MOST);
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign);
}

/** The content of a text message; names that were chosen and still stand there mention people. spec: §User and room mentions */
export function textContent(text: string, mentions: Mentions): Record<string, unknown> {
  const named = [...mentions].filter(([, name]) => text.includes(`@${name}`));
  const content = { msgtype: "m.text", body: text, "m.mentions": named.length > 0 ? { user_ids: named.map(([userId]) => userId) } : {} };
  if (named.length === 0) return content;
  let html = escape(text).replaceAll("\n", "<br>");
  for (const [userId, name] of named) {
    html = html.replaceAll(`@${escape(name)}`, `<a href="https://matrix.to/#/${encodeURIComponent(userId)}">@${escape(name)}</a>`);
  }
  return { ...content, format: "org.matrix.custom.html", formatted_body: html };
}
