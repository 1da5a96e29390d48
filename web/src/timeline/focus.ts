/** Going to one event of a room, which may not be loaded yet. */
import { type Direction, EventTimeline, type MatrixClient, RelationType, type Room, type Thread, THREAD_RELATION_TYPE } from "matrix-js-sdk";
import { useEffect, useMemo, useState } from "react";
import { goTo, useClient } from "../hooks";

const MOST_STEPS = 4;
const MARGIN = 40;

export type Spot = { eventId: string; threadId?: string };

export type Focus =
  | { state: "none" }
  | { state: "loading" | "failed"; retry: () => void }
  | { state: "ready"; eventId: string; around: EventTimeline };

const NONE: Focus = { state: "none" };

/** Where an event is seen: edits and reactions at what they belong to, answers in a thread in that thread. */
async function spotOf(client: MatrixClient, room: Room, eventId: string, steps = MOST_STEPS): Promise<Spot> {
  const known = room.findEventById(eventId);
  const content = known ? known.getWireContent() : ((await client.fetchRoomEvent(room.roomId, eventId)).content ?? {});
  const relation = content["m.relates_to"];
  const target: unknown = relation?.event_id;
  if (typeof target !== "string" || steps === 0) return { eventId };
  if (relation?.rel_type === THREAD_RELATION_TYPE.name) return { eventId, threadId: target };
  const belongs = relation?.rel_type === RelationType.Replace || relation?.rel_type === RelationType.Annotation;
  return belongs ? spotOf(client, room, target, steps - 1) : { eventId };
}

/** The piece of the timeline that has an event as a row, where it is loaded. */
function loaded(room: Room, thread: Thread | null, eventId: string): EventTimeline | null {
  const event = room.findEventById(eventId);
  if (event === undefined || event.isRelation(RelationType.Replace) || event.isRelation(RelationType.Annotation)) return null;
  const timeline = (thread?.timelineSet ?? room.getUnfilteredTimelineSet()).getTimelineForEvent(eventId);
  const isAtEdge = timeline !== null && timeline.getPaginationToken(EventTimeline.BACKWARDS) !== null && timeline.getEvents().indexOf(event) < MARGIN / 2;
  return isAtEdge ? null : timeline;
}

/** More on both sides than a screen shows: a list that grows at its start while it is being made loses its place. */
async function surround(client: MatrixClient, around: EventTimeline): Promise<void> {
  const hasMore = (direction: Direction): boolean => around.getPaginationToken(direction) !== null;
  if (hasMore(EventTimeline.BACKWARDS)) await client.paginateEventTimeline(around, { backwards: true, limit: MARGIN });
  if (hasMore(EventTimeline.FORWARDS)) await client.paginateEventTimeline(around, { limit: MARGIN });
}

/** The stretch of a conversation around an event. One that belongs to a thread is shown there instead. */
export function useFocus(room: Room, thread: Thread | null, eventId: string | undefined): Focus {
  const client = useClient();
  const [attempt, setAttempt] = useState(0);
  const [found, setFound] = useState<{ asked: string; focus: Focus } | null>(null);
  // Asked once: what is being loaded is shown when it is whole.
  const known = useMemo(() => (eventId === undefined ? null : loaded(room, thread, eventId)), [room, thread, eventId]);
  useEffect(() => {
    if (eventId === undefined) return setFound(null);
    if (known !== null) return setFound(null);
    let isOver = false;
    const show = (focus: Focus): void => {
      if (!isOver) setFound({ asked: eventId, focus });
    };
    (async () => {
      const spot = await spotOf(client, room, eventId);
      if (isOver) return;
      if (spot.threadId !== thread?.id && spot.threadId !== undefined) {
        return goTo({ page: "room", roomId: room.roomId, threadId: spot.threadId, eventId: spot.eventId }, true);
      }
      const around = await client.getEventTimeline(thread?.timelineSet ?? room.getUnfilteredTimelineSet(), spot.eventId);
      if (around === null) throw new Error("the event is in no timeline");
      await surround(client, around);
      show({ state: "ready", eventId: spot.eventId, around });
    })().catch(() => show({ state: "failed", retry: () => setAttempt((before) => before + 1) }));
    return () => {
      isOver = true;
    };
  }, [client, room, thread, eventId, attempt]);
  if (eventId === undefined) return NONE;
  if (known !== null) return { state: "ready", eventId, around: known };
  return found?.asked === eventId ? found.focus : { state: "loading", retry: () => {} };
}
