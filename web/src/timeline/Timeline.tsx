import { ActionIcon, Button, Loader, Center } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { type MatrixEvent, type Room, RoomEvent, type Thread } from "matrix-js-sdk";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import { goTo, useClient } from "../hooks";
import { Empty, Failed, TimelineSkeleton } from "../parts/States";
import { day, exact } from "../times";
import { useStayAtEnd } from "./end";
import { type Focus, useFocus } from "./focus";
import { type Item, useConversation } from "./items";
import { moveThroughMessages } from "./keys";
import { MessageRow } from "./MessageRow";
import { useTarget } from "./target";
import { NoticeRow } from "./NoticeRow";
import { useGoToEnd } from "./useGoToEnd";

type Props = {
  room: Room;
  thread: Thread | null;
  /** The event to go to, if any. */
  eventId: string | undefined;
  /** What stands behind the newest message. */
  end: ReactNode;
  mayWrite: boolean;
  onReply: (event: MatrixEvent) => void;
  onEdit: (event: MatrixEvent) => void;
};

/** Pixels from the end within which one counts as being there. */
const NEAR_END = 80;
/** Pixels that a row is taken to have until it is seen: far off, earlier messages would push away what is read. */
const USUAL_HEIGHT = 60;

/** The messages of a room or a thread; around one of them where it is gone to. */
export function Timeline(props: Props) {
  const { t } = useTranslation();
  const { room, thread, eventId } = props;
  const focus = useFocus(room, thread, eventId);
  const toEnd = useCallback(() => goTo({ page: "room", roomId: room.roomId, ...(thread ? { threadId: thread.id } : {}) }), [room, thread]);
  useOwnToEnd(room, eventId !== undefined, toEnd);
  if (focus.state === "loading") return <TimelineSkeleton />;
  if (focus.state === "failed") {
    return (
      <div className="timeline">
        <Failed text={t("timeline.eventFailed")} onRetry={focus.retry} />
        <Center><Button variant="default" onClick={toEnd}>{t("timeline.toEnd")}</Button></Center>
      </div>
    );
  }
  return <Conversation {...props} focus={focus.state === "ready" ? focus : null} onToEnd={toEnd} />;
}

type ConversationProps = Props & { focus: (Focus & { state: "ready" }) | null; onToEnd: () => void };

/** Only what is in view is in the page, and it keeps its place as it grows. */
function Conversation({ room, thread, end, mayWrite, onReply, onEdit, focus, onToEnd }: ConversationProps) {
  const { t } = useTranslation();
  const client = useClient();
  const list = useRef<VirtuosoHandle>(null);
  const { items, stretch, hasEnd, firstIndex, older, newer, loadOlder, loadNewer } = useConversation(client, room, thread, focus?.around ?? null);
  const [isDown, setDown] = useState(focus === null);
  const isAtEnd = isDown && hasEnd;
  useReadReceipts(room, thread, isAtEnd);
  const { wantsEnd, frame, stay, note } = useStayAtEnd(list, focus === null);
  const scroller = useRef<HTMLElement | null>(null);
  const toLast = useGoToEnd(scroller, wantsEnd, stay, () => setDown(true));
  const readIndex = readByOthers(room, items);
  const target = useTarget(list, wantsEnd, items, stretch, focus?.eventId, toLast);
  const newest = items.at(-1);
  useEffect(() => {
    if (hasEnd && (wantsEnd.current || isOwnPending(newest, room))) toLast();
  }, [newest?.key, hasEnd, toLast]);

  const openEvent = useCallback((eventId: string) => {
    if (!target.show(eventId)) goTo({ page: "room", roomId: room.roomId, eventId, ...(thread ? { threadId: thread.id } : {}) });
  }, [target, room, thread]);
  const goToEnd = (): void => {
    if (focus !== null) onToEnd();
    if (hasEnd) toLast();
  };

  if (items.length === 0 && older === "failed") return <Failed text={t("timeline.failed")} onRetry={loadOlder} />;
  if (items.length === 0 && older !== "none") return <TimelineSkeleton />;
  if (items.length === 0) return end ? <div className="timeline timeline-end">{end}</div> : <Empty title={t("timeline.emptyTitle")} text={t("timeline.emptyText")} />;

  return (
    <div className="timeline" ref={frame} onKeyDown={moveThroughMessages}>
      <Virtuoso
        key={stretch}
        ref={list}
        scrollerRef={(element) => { scroller.current = element instanceof HTMLElement ? element : null; }}
        role="log"
        aria-label={t("timeline.label")}
        tabIndex={0}
        data={items}
        firstItemIndex={firstIndex}
        initialTopMostItemIndex={target.first}
        computeItemKey={(_index, item) => item.key}
        followOutput={(isNowDown) => (hasEnd && (isNowDown || wantsEnd.current || isOwnPending(items.at(-1), room)) ? "auto" : false)}
        totalListHeightChanged={stay}
        atBottomThreshold={NEAR_END}
        atBottomStateChange={(isNowDown) => { setDown(isNowDown); note(isNowDown, hasEnd); }}
        startReached={() => older === "more" && loadOlder()}
        endReached={() => newer === "more" && loadNewer()}
        increaseViewportBy={{ top: 1500, bottom: 600 }}
        defaultItemHeight={USUAL_HEIGHT}
        alignToBottom
        components={{ Header: older === "failed" ? EdgeFailed : older === "none" ? Space : EdgeLoading, Footer: newer === "failed" ? EdgeFailed : newer === "none" ? End : EdgeLoading }}
        context={{ end, retry: () => { if (older === "failed") loadOlder(); if (newer === "failed") loadNewer(); } }}
        itemContent={(index, item) => (
          <Row
            item={item} room={room} thread={thread} mayWrite={mayWrite} isRead={index - firstIndex <= readIndex} isTarget={item.event.getId() === target.eventId}
            onReply={onReply} onEdit={onEdit} onOpenEvent={openEvent}
          />
        )}
      />
      {!isAtEnd && (
        <ActionIcon className="to-end" size={44} radius="xl" variant="default" aria-label={t("timeline.toEnd")} onClick={goToEnd}>
          <IconArrowDown size={20} />
        </ActionIcon>
      )}
    </div>
  );
}

/** Who writes while looking at what was said earlier sees what they wrote. */
function useOwnToEnd(room: Room, isElsewhere: boolean, toEnd: () => void): void {
  useEffect(() => {
    if (!isElsewhere) return undefined;
    const look = (_event: MatrixEvent, _room: Room, oldId?: string): void => {
      if (oldId === undefined) toEnd();
    };
    room.on(RoomEvent.LocalEchoUpdated, look);
    return () => void room.off(RoomEvent.LocalEchoUpdated, look);
  }, [room, isElsewhere, toEnd]);
}

type Context = { end: ReactNode; retry: () => void };

function Space() {
  return <div style={{ height: 12 }} />;
}

function End({ context }: { context?: Context }) {
  return <>{context?.end}<Space /></>;
}

function EdgeLoading() {
  return <Center h={44}><Loader size="xs" type="dots" aria-hidden /></Center>;
}

function EdgeFailed({ context }: { context?: Context }) {
  const { t } = useTranslation();
  return <Failed text={t("timeline.failed")} onRetry={() => context?.retry()} />;
}

function isOwnPending(item: Item | undefined, room: Room): boolean {
  return item !== undefined && item.event.getSender() === room.myUserId && item.event.isSending();
}

type RowProps = Omit<Props, "eventId" | "end"> & { item: Item; isRead: boolean; isTarget: boolean; onOpenEvent: (eventId: string) => void };

function Row({ item, ...rest }: RowProps) {
  const { t } = useTranslation();
  return (
    <>
      {item.isNewDay && <div className="day"><span title={exact(item.event.getTs())}>{day(item.event.getTs())}</span></div>}
      {item.isFirstUnread && <div className="day" data-new>{t("timeline.new")}</div>}
      {item.isMessage ? <MessageRow event={item.event} isFirst={item.isFirst} {...rest} /> : <NoticeRow event={item.event} room={rest.room} />}
    </>
  );
}

/** The last row that somebody else has read. */
function readByOthers(room: Room, items: Item[]): number {
  const readers = room.getJoinedMembers().filter((member) => member.userId !== room.myUserId);
  const read = new Set(readers.map((member) => room.getEventReadUpTo(member.userId, false)));
  return items.findLastIndex((item) => read.has(item.event.getId() ?? ""));
}

/** Tell the others how far one has read: while the conversation is seen, and its end is in view. */
function useReadReceipts(room: Room, thread: Thread | null, isAtEnd: boolean): void {
  const client = useClient();
  const last = (thread?.liveTimeline ?? room.getLiveTimeline()).getEvents().at(-1);
  const [isSeen, setSeen] = useState(document.visibilityState === "visible");
  useEffect(() => {
    const look = (): void => setSeen(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  useEffect(() => {
    if (!isSeen || !isAtEnd || last === undefined || room.getEventReadUpTo(room.myUserId) === last.getId()) return;
    client.sendReadReceipt(last).catch(() => {});
  }, [client, room, last, isSeen, isAtEnd]);
}
