/** What of a room's events is shown, and how they stand together. */
import { EventTimeline, EventType, type MatrixClient, type MatrixEvent, MsgType, RelationType, type Room, RoomEvent, type Thread } from "matrix-js-sdk";
import { useCallback, useEffect, useRef, useState } from "react";
import { TIMELINE_EVENTS } from "../chat/events";
import { SUCCESSION_TYPE } from "../handover/succession";
import { useVersion } from "../hooks";
import { SESSION_TYPE, sessionOf } from "../rooms";
import { groupOf as eventOf } from "../safety/state";
import { isSameDay } from "../times";
import { CHANGED } from "../parts/changing";
import { uploadsOf } from "../uploads/uploads";
import { waitingEvents } from "../uploads/waiting";

const PAGE = 50;
/** Rows that one look back must bring at least, while there are any: many events are not shown. */
const LEAST_ROWS = 15;
/** Milliseconds within which messages of one person stand together. */
const TOGETHER_MS = 5 * 60_000;

const MESSAGES: ReadonlySet<string> = new Set([EventType.RoomMessage, EventType.RoomMessageEncrypted, EventType.Sticker]);
const NOTICES: ReadonlySet<string> = new Set([
  EventType.RoomMember, EventType.RoomName, EventType.RoomTopic, EventType.RoomCreate, EventType.RoomTombstone, SESSION_TYPE,
]);

export type Item = {
  key: string;
  event: MatrixEvent;
  isMessage: boolean;
  /** The first of a day; the first of those of one person that stand together. */
  isNewDay: boolean;
  isFirst: boolean;
  isFirstUnread: boolean;
};

export function isMessage(event: MatrixEvent): boolean {
  return MESSAGES.has(event.getType()) && !event.isRelation(RelationType.Replace);
}

function isShown(event: MatrixEvent, room: Room): boolean {
  if (isMessage(event)) return true;
  if (!NOTICES.has(event.getType()) || event.isRedacted() || isHousekeeping(event, room)) return false;
  if (event.getType() === EventType.RoomMember) return event.getContent()["membership"] !== event.getPrevContent()["membership"];
  return true;
}

/** What the server says in words right before the state that says the same as a card. */
function isOfCard(event: MatrixEvent, next: MatrixEvent | undefined): boolean {
  const isNotice = event.getContent()["msgtype"] === MsgType.Notice;
  return isNotice && next?.getType() === SUCCESSION_TYPE && next.getSender() === event.getSender() && next.getContent()["user_id"] !== undefined;
}

/** What the organisation's account does in a session, and that of safety in a group, so that people can talk there: none of it is said to them. */
function isHousekeeping(event: MatrixEvent, room: Room): boolean {
  // Name and topic of a group stand above it.
  if (eventOf(room) !== null) return event.getSender() === room.getCreator() && (event.getType() !== EventType.RoomMember || event.getContent()["membership"] === "invite" || event.getStateKey() === event.getSender());
  if (sessionOf(room) === null) return false;
  if (event.getType() === SESSION_TYPE) return event.getContent()["state"] === "offered";
  if (event.getType() !== EventType.RoomMember) return event.getType() === EventType.RoomName;
  const membership: unknown = event.getContent()["membership"];
  const isService = event.getStateKey() === room.getCreator();
  return isService || membership === "invite" || (membership === "leave" && event.getStateKey() === room.myUserId);
}

export function lastMessage(room: Room): MatrixEvent | undefined {
  return room.getPendingEvents().findLast(isMessage) ?? room.getLiveTimeline().getEvents().findLast(isMessage) ?? room.getLiveTimeline().getEvents().findLast((event) => isShown(event, room));
}

/** The rows of a conversation: what is stored, then, where its end is there, what is on its way and what waits for its file. */
function itemsOf(client: MatrixClient, room: Room, thread: Thread | null, part: Part, readUpTo: string | null): Item[] {
  const stored = part.chain.flatMap((timeline) => timeline.getEvents());
  const pending = part.hasEnd ? room.getPendingEvents().filter((event) => (thread === null ? event.isThreadRoot || !event.threadRootId : event.threadRootId === thread.id)) : [];
  const items: Item[] = [];
  let isAfterRead = false;
  let hasMark = false;
  for (const [index, event] of [...stored, ...pending, ...(part.hasEnd ? waitingEvents(client, room, thread) : [])].entries()) {
    if (isShown(event, room) && !isOfCard(event, stored[index + 1])) {
      const isFirstUnread: boolean = isAfterRead && !hasMark && event.getSender() !== room.myUserId;
      hasMark ||= isFirstUnread;
      items.push(makeItem(event, items.at(-1), isFirstUnread));
    }
    isAfterRead ||= event.getId() === readUpTo;
  }
  return items;
}

function makeItem(event: MatrixEvent, before: Item | undefined, isFirstUnread: boolean): Item {
  const isNewDay = before === undefined || !isSameDay(before.event.getTs(), event.getTs());
  const goesOn =
    !isNewDay && !isFirstUnread && before.isMessage && before.event.getSender() === event.getSender() && event.getTs() - before.event.getTs() < TOGETHER_MS;
  return { key: event.getTxnId() ?? event.getId() ?? "", event, isMessage: isMessage(event), isNewDay, isFirst: !goesOn, isFirstUnread };
}

export type Edge = "more" | "loading" | "failed" | "none";

export type Conversation = {
  items: Item[];
  /** Which stretch of the conversation this is: another one is another list. */
  stretch: string;
  /** Whether the newest message is part of it. */
  hasEnd: boolean;
  /** Rows before the first one that was there at first are counted down from this. */
  firstIndex: number;
  older: Edge;
  newer: Edge;
  loadOlder: () => void;
  loadNewer: () => void;
};

const START = 1_000_000;

/** A conversation as it is now, or the stretch of it around an event, and more of it on demand in both directions. */
export function useConversation(client: MatrixClient, room: Room, thread: Thread | null, around: EventTimeline | null): Conversation {
  useVersion(room, TIMELINE_EVENTS);
  useVersion(thread, TIMELINE_EVENTS);
  useVersion(uploadsOf(client), CHANGED);
  const [readUpTo] = useState(() => (thread === null ? room.getEventReadUpTo(room.myUserId) : null));
  const part = partOf(around ?? liveOf(room, thread), liveOf(room, thread));
  const stretch = useStretch(around, part.hasEnd);
  const older = usePages(client, room, thread, around, "b");
  const newer = usePages(client, room, thread, around, "f");
  const items = itemsOf(client, room, thread, part, readUpTo);
  const firstIndex = useFirstIndex(items);

  useEffect(() => {
    // A short conversation fills no screen, so nobody could scroll to its start.
    if (items.length < LEAST_ROWS && hasMore(part.chain, "b")) older.load();
    const fresh = (): void => older.load();
    room.on(RoomEvent.TimelineReset, fresh);
    return () => void room.off(RoomEvent.TimelineReset, fresh);
  }, [room, thread, around]);

  return {
    items, stretch, hasEnd: part.hasEnd, firstIndex,
    older: older.edge ?? (hasMore(part.chain, "b") ? "more" : "none"), loadOlder: older.load,
    newer: part.hasEnd ? "none" : (newer.edge ?? (hasMore(part.chain, "f") ? "more" : "none")), loadNewer: newer.load,
  };
}

type Part = { chain: EventTimeline[]; hasEnd: boolean };
type Way = "b" | "f";

function liveOf(room: Room, thread: Thread | null): EventTimeline {
  return thread?.liveTimeline ?? room.getLiveTimeline();
}

/** All that is known without a gap around one piece of a timeline, oldest first. */
function partOf(timeline: EventTimeline, live: EventTimeline): Part {
  const chain = [timeline];
  for (let before = neighbour(timeline, "b"); before; before = neighbour(before, "b")) chain.unshift(before);
  for (let after = neighbour(timeline, "f"); after; after = neighbour(after, "f")) chain.push(after);
  return { chain, hasEnd: chain.includes(live) };
}

function neighbour(timeline: EventTimeline, way: Way): EventTimeline | null {
  return timeline.getNeighbouringTimeline(way === "b" ? EventTimeline.BACKWARDS : EventTimeline.FORWARDS);
}

function endOf(chain: EventTimeline[], way: Way): EventTimeline {
  return chain.at(way === "b" ? 0 : -1)!;
}

function hasMore(chain: EventTimeline[], way: Way): boolean {
  return endOf(chain, way).getPaginationToken(way === "b" ? EventTimeline.BACKWARDS : EventTimeline.FORWARDS) !== null;
}

/** The pages of a conversation in one direction. */
function usePages(client: MatrixClient, room: Room, thread: Thread | null, around: EventTimeline | null, way: Way): { edge: Edge | null; load: () => void } {
  const [edge, setEdge] = useState<"loading" | "failed" | null>(null);
  const isBusy = useRef(false);
  const load = useCallback(() => {
    if (isBusy.current) return;
    isBusy.current = true;
    setEdge("loading");
    look(client, room, () => partOf(around ?? liveOf(room, thread), liveOf(room, thread)).chain, way).then(
      () => setEdge(null),
      () => setEdge("failed"),
    ).finally(() => {
      isBusy.current = false;
    });
  }, [client, room, thread, around, way]);
  return { edge, load };
}

async function look(client: MatrixClient, room: Room, chain: () => EventTimeline[], way: Way): Promise<void> {
  const rows = (): number => chain().reduce((sum, timeline) => sum + timeline.getEvents().filter((event) => isShown(event, room)).length, 0);
  const before = rows();
  while (hasMore(chain(), way) && rows() - before < LEAST_ROWS) {
    await client.paginateEventTimeline(endOf(chain(), way), { backwards: way === "b", limit: PAGE });
  }
}

/** A name for the stretch that is shown. It stays when the stretch grows until it reaches the end. */
function useStretch(around: EventTimeline | null, hasEnd: boolean): string {
  const now = useRef<{ around: EventTimeline | null; name: string }>({ around: null, name: "end" });
  if (now.current.around !== around) {
    const isEnd = around === null || hasEnd;
    now.current = { around, name: isEnd ? "end" : `around ${around.getEvents()[0]?.getId() ?? ""}` };
  }
  return now.current.name;
}

/** How far the list has grown at its start, so that it keeps its place. */
function useFirstIndex(items: Item[]): number {
  const seen = useRef<{ key: string | undefined; index: number }>({ key: undefined, index: START });
  const now = seen.current;
  const first = items[0]?.key;
  if (now.key !== first) {
    const moved = now.key === undefined ? -1 : items.findIndex((item) => item.key === now.key);
    seen.current = { key: first, index: moved > 0 ? now.index - moved : START };
  }
  return seen.current.index;
}
