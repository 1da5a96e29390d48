/** Entries as a conversation: messages with their versions and reactions, small lines for the rest, days between them. */
import { isSameDay } from "../times";
import type { ChainState, Shown } from "./types";

export type Message = { kind: "message"; entry: Shown; edits: Shown[]; reactions: Shown[]; removed: Shown | null; isFirst: boolean };
export type Line = { kind: "line"; entries: Shown[] };
export type Day = { kind: "day"; ts: number };
export type Item = Message | Line | Day;

const MESSAGES: ReadonlySet<string> = new Set(["message", "screenshot", "note", "encrypted"]);
/** Messages of one person that follow so closely have the name above the first alone. */
const CLOSE_MS = 300_000;

export function conversationOf(entries: readonly Shown[]): Item[] {
  const items: Item[] = [];
  const messages = new Map<string, Message>();
  let before: Shown | null = null;
  for (const entry of entries) {
    const target = entry.target === undefined ? undefined : messages.get(entry.target);
    if (target !== undefined && belongs(entry, target)) continue;
    if (before === null || !isSameDay(before.ts, entry.ts)) items.push({ kind: "day", ts: entry.ts });
    const last = items.at(-1);
    before = entry;
    if (!MESSAGES.has(entry.kind)) {
      if (entry.kind === "read" && last?.kind === "line" && last.entries[0]?.kind === "read") last.entries.push(entry);
      else items.push({ kind: "line", entries: [entry] });
      continue;
    }
    const isFirst = last?.kind !== "message" || whoSaid(last.entry) !== whoSaid(entry) || entry.ts - last.entry.ts > CLOSE_MS;
    const message: Message = { kind: "message", entry, edits: [], reactions: [], removed: null, isFirst };
    items.push(message);
    if (entry.id !== undefined) messages.set(entry.id, message);
  }
  return items;
}

/** Put what an entry does to a message with that message. */
function belongs(entry: Shown, message: Message): boolean {
  if (entry.kind === "edit") message.edits.push(entry);
  else if (entry.kind === "reaction") message.reactions.push(entry);
  else if (entry.kind === "redaction") message.removed = entry;
  else return false;
  return true;
}

export function whoSaid(entry: Shown): string {
  return entry.sender ?? entry.sender_name ?? "";
}

export function entriesOf(item: Message | Line): Shown[] {
  if (item.kind === "line") return item.entries;
  return [item.entry, ...item.edits, ...item.reactions, ...(item.removed ? [item.removed] : [])];
}

/** The first of these that holds for any of the entries. */
const WORST: readonly ChainState[] = ["broken", "erased", "verified"];

export function chainOf(entries: readonly Shown[]): ChainState {
  return WORST.find((state) => entries.some((entry) => entry.chain === state)) ?? "verified";
}
