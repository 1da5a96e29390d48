/** What of a room's events is shown, and how they stand together. */
import { EventTimeline, EventType, type MatrixClient, type MatrixEvent, RelationType, type Room, RoomEvent, type Thread } from "matrix-js-sdk";
import { useCallback, useEffect, useRef, useState } from "react";
import { TIMELINE_EVENTS } from "../chat/events";
import { useVersion } from "../hooks";
import { SESSION_TYPE } from "../rooms";
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

function isShown(event: MatrixEvent): boolean {
  if (isMessage(event)) return true;
  if (!NOTICES.has(event.getType()) || event.isRedacted()) return false;
  if (event.getType() === EventType.RoomMember) return event.getContent()["membership"] !== event.getPrevContent()["membership"];
  return true;
}

export function lastMessage(room: Room): MatrixEvent | undefined {
  return room.getPendingEvents().findLast(isMessage) ?? room.getLiveTimeline().getEvents().findLast(isMessage) ?? room.getLiveTimeline().getEvents().at(-1);
}

/** The rows of a conversation: what is stored, then what is on its way, then what waits for its file. */
function itemsOf(client: MatrixClient, room: Room, thread: Thread | null, readUpTo: string | null): Item[] {
  const stored = (thread?.liveTimeline ?? room.getLiveTimeline()).getEvents();
  const pending = room.getPendingEvents().filter((event) => (thread === null ? event.isThreadRoot || !event.threadRootId : event.threadRootId === thread.id));
  const items: Item[] = [];
  let isAfterRead = false;
  let hasMark = false;
  for (const event of [...stored, ...pending, ...waitingEvents(client, room, thread)]) {
    if (isShown(event)) {
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

export type Conversation = {
  items: Item[];
  /** Rows before the first one that was there at first are counted down from this. */
  firstIndex: number;
  older: "more" | "loading" | "failed" | "none";
  loadOlder: () => void;
};

const START = 1_000_000;

/** A conversation as it is now, and more of it on demand. */
export function useConversation(client: MatrixClient, room: Room, thread: Thread | null): Conversation {
  useVersion(room, TIMELINE_EVENTS);
  useVersion(thread, TIMELINE_EVENTS);
  useVersion(uploadsOf(client), CHANGED);
  const [readUpTo] = useState(() => (thread === null ? room.getEventReadUpTo(room.myUserId) : null));
  const [older, setOlder] = useState<"loading" | "failed" | null>(null);
  const isBusy = useRef(false);
  const items = itemsOf(client, room, thread, readUpTo);
  const firstIndex = useFirstIndex(items);

  const loadOlder = useCallback(() => {
    if (isBusy.current) return;
    isBusy.current = true;
    setOlder("loading");
    lookBack(client, room, thread).then(
      () => setOlder(null),
      () => setOlder("failed"),
    ).finally(() => {
      isBusy.current = false;
    });
  }, [client, room, thread]);

  useEffect(() => {
    // A short conversation fills no screen, so nobody could scroll to its start.
    if (items.length < LEAST_ROWS && hasMore(room, thread)) loadOlder();
    const fresh = (): void => loadOlder();
    room.on(RoomEvent.TimelineReset, fresh);
    return () => void room.off(RoomEvent.TimelineReset, fresh);
  }, [room, thread]);

  return { items, firstIndex, older: older ?? (hasMore(room, thread) ? "more" : "none"), loadOlder };
}

function hasMore(room: Room, thread: Thread | null): boolean {
  const timeline = thread?.liveTimeline ?? room.getLiveTimeline();
  return timeline.getPaginationToken(EventTimeline.BACKWARDS) !== null;
}

async function lookBack(client: MatrixClient, room: Room, thread: Thread | null): Promise<void> {
  const timeline = thread?.liveTimeline ?? room.getLiveTimeline();
  const before = timeline.getEvents().filter(isShown).length;
  let more = hasMore(room, thread);
  while (more && timeline.getEvents().filter(isShown).length - before < LEAST_ROWS) {
    more = await client.paginateEventTimeline(timeline, { backwards: true, limit: PAGE });
  }
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
