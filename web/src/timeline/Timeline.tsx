import { ActionIcon, Loader, Center } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import type { MatrixEvent, Room, Thread } from "matrix-js-sdk";
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import { useClient } from "../hooks";
import { Empty, Failed, TimelineSkeleton } from "../parts/States";
import { day, exact } from "../times";
import { type Item, useConversation } from "./items";
import { moveThroughMessages } from "./keys";
import { MessageRow } from "./MessageRow";
import { noticeOf } from "./words";

type Props = {
  room: Room;
  thread: Thread | null;
  onReply: (event: MatrixEvent) => void;
  onEdit: (event: MatrixEvent) => void;
};

/** Pixels from the end within which one counts as being there. */
const NEAR_END = 80;
/** Pixels that a row is taken to have until it is seen: far off, earlier messages would push away what is read. */
const USUAL_HEIGHT = 60;

/** The messages of a room or a thread: only what is in view is in the page, and it keeps its place as it grows. */
export function Timeline({ room, thread, onReply, onEdit }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const list = useRef<VirtuosoHandle>(null);
  const { items, firstIndex, older, loadOlder } = useConversation(client, room, thread);
  const [isAtEnd, setAtEnd] = useState(true);
  useReadReceipts(room, thread, isAtEnd);
  const { wantsEnd, frame, stay } = useStayAtEnd(list);
  const readIndex = readByOthers(room, items);

  const openEvent = useCallback((eventId: string) => {
    const index = items.findIndex((item) => item.event.getId() === eventId);
    if (index < 0) return;
    wantsEnd.current = false;
    list.current?.scrollToIndex({ index, align: "center", behavior: "auto" });
  }, [items, wantsEnd]);

  if (items.length === 0 && older === "failed") return <Failed text={t("timeline.failed")} onRetry={loadOlder} />;
  if (items.length === 0 && older !== "none") return <TimelineSkeleton />;
  if (items.length === 0) return <Empty title={t("timeline.emptyTitle")} text={t("timeline.emptyText")} />;

  return (
    <div className="timeline" ref={frame} onKeyDown={moveThroughMessages}>
      <Virtuoso
        ref={list}
        role="log"
        aria-label={t("timeline.label")}
        tabIndex={0}
        data={items}
        firstItemIndex={firstIndex}
        initialTopMostItemIndex={{ index: "LAST", align: "end" }}
        computeItemKey={(_index, item) => item.key}
        followOutput={(isDown) => (isDown || wantsEnd.current || isOwnPending(items.at(-1), room) ? "auto" : false)}
        totalListHeightChanged={stay}
        atBottomThreshold={NEAR_END}
        atBottomStateChange={(isDown) => { setAtEnd(isDown); if (isDown) wantsEnd.current = true; }}
        startReached={() => older === "more" && loadOlder()}
        increaseViewportBy={{ top: 1500, bottom: 600 }}
        defaultItemHeight={USUAL_HEIGHT}
        alignToBottom
        components={{ Header: older === "failed" ? OlderFailed : older === "none" ? Space : OlderLoading, Footer: Space }}
        context={{ loadOlder }}
        itemContent={(index, item) => (
          <Row
            item={item} room={room} thread={thread} isRead={index - firstIndex <= readIndex} onReply={onReply} onEdit={onEdit} onOpenEvent={openEvent}
          />
        )}
      />
      {!isAtEnd && (
        <ActionIcon
          className="to-end" size={44} radius="xl" variant="default" aria-label={t("timeline.toEnd")}
          onClick={() => list.current?.scrollToIndex({ index: "LAST", align: "end" })}
        >
          <IconArrowDown size={20} />
        </ActionIcon>
      )}
    </div>
  );
}

/**
 * Who is at the end stays there when messages, the window, or what stands beside change their size; only who scrolls up
 * leaves it. `frame` is the ref of the element around the list.
 */
function useStayAtEnd(list: RefObject<VirtuosoHandle | null>) {
  const wantsEnd = useRef(true);
  const stay = useCallback(() => {
    if (wantsEnd.current) list.current?.scrollToIndex({ index: "LAST", align: "end" });
  }, [list]);
  const frame = useCallback((element: HTMLElement | null) => {
    if (element === null) return undefined;
    const leave = (event: Event): void => {
      const isUp = event instanceof WheelEvent ? event.deltaY < 0 : event instanceof KeyboardEvent ? UPWARDS.has(event.key) : true;
      if (isUp) wantsEnd.current = false;
    };
    // Once more in the next frame: the list itself learns of its new height after this.
    const observer = new ResizeObserver(() => { stay(); requestAnimationFrame(stay); });
    observer.observe(element);
    for (const kind of SCROLLING) element.addEventListener(kind, leave, { passive: true });
    return () => {
      observer.disconnect();
      for (const kind of SCROLLING) element.removeEventListener(kind, leave);
    };
  }, [stay]);
  return { wantsEnd, frame, stay };
}

/** How people scroll; a press may be on the scroll bar. */
const SCROLLING = ["wheel", "touchmove", "keydown", "pointerdown"];
const UPWARDS: ReadonlySet<string> = new Set(["ArrowUp", "PageUp", "Home"]);

type Context = { loadOlder: () => void };

function Space() {
  return <div style={{ height: 12 }} />;
}

function OlderLoading() {
  return <Center h={44}><Loader size="xs" type="dots" aria-hidden /></Center>;
}

function OlderFailed({ context }: { context?: Context }) {
  const { t } = useTranslation();
  return <Failed text={t("timeline.failed")} onRetry={() => context?.loadOlder()} />;
}

function isOwnPending(item: Item | undefined, room: Room): boolean {
  return item !== undefined && item.event.getSender() === room.myUserId && item.event.isSending();
}

type RowProps = Props & { item: Item; isRead: boolean; onOpenEvent: (eventId: string) => void };

function Row({ item, ...rest }: RowProps) {
  const { t } = useTranslation();
  return (
    <>
      {item.isNewDay && <div className="day"><span title={exact(item.event.getTs())}>{day(item.event.getTs())}</span></div>}
      {item.isFirstUnread && <div className="day" data-new>{t("timeline.new")}</div>}
      {item.isMessage ? <MessageRow event={item.event} isFirst={item.isFirst} {...rest} /> : <p className="notice" style={{ margin: 0 }}>{noticeOf(item.event, t)}</p>}
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
