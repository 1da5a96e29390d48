import { ActionIcon } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconX } from "@tabler/icons-react";
import type { Room, Thread } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { goTo, useClient, useVersion } from "../hooks";
import { Failed, TimelineSkeleton } from "../parts/States";
import { nameOf } from "../rooms";
import { track } from "../track";
import { TIMELINE_EVENTS } from "./events";
import { Talk } from "./RoomView";

export function ThreadPanel({ room, threadId, eventId }: { room: Room; threadId: string; eventId: string | undefined }) {
  const { t } = useTranslation();
  const close = (): void => goTo({ page: "room", roomId: room.roomId });
  useHotkeys([["Escape", close]], []);
  useEffect(() => void track("thread_open", { room_id: room.roomId }), [room, threadId]);
  const { thread, hasFailed, retry } = useThread(room, threadId);
  return (
    <aside className="side" aria-label={t("thread.title")}>
      <header className="head">
        <div className="head-text"><h2>{t("thread.title")}</h2><p>{nameOf(room)}</p></div>
        <ActionIcon size={44} variant="subtle" color="gray" aria-label={t("thread.close")} onClick={close}><IconX size={20} /></ActionIcon>
      </header>
      {hasFailed ? <Failed text={t("timeline.failed")} onRetry={retry} /> : thread ? <Talk room={room} thread={thread} eventId={eventId} /> : <TimelineSkeleton />}
    </aside>
  );
}

/** The thread below a message; it begins here where there is none yet. */
function useThread(room: Room, threadId: string): { thread: Thread | null; hasFailed: boolean; retry: () => void } {
  const client = useClient();
  useVersion(room, TIMELINE_EVENTS);
  const [hasFailed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const thread = room.getThread(threadId);
  useEffect(() => {
    if (room.getThread(threadId) !== null) return;
    setFailed(false);
    (async () => {
      const known = room.findEventById(threadId);
      const root = known ?? client.getEventMapper()(await client.fetchRoomEvent(room.roomId, threadId));
      room.createThread(threadId, root, [], true);
      setAttempt((before) => before);
    })().catch(() => setFailed(true));
  }, [client, room, threadId, attempt]);
  return { thread, hasFailed, retry: () => setAttempt((before) => before + 1) };
}
