import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp, IconCheck, IconChecks, IconClock, IconCopy, IconDots, IconFlag, IconLink, IconMessageCircle, IconMoodPlus, IconPencil, IconRefresh, IconTrash, IconX,
} from "@tabler/icons-react";
import { EventStatus, EventType, type MatrixEvent, MatrixEventEvent, RelationType, type Room, type Thread } from "matrix-js-sdk";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { goTo, useClient, useVersion } from "../hooks";
import { permalink } from "../links";
import { Face } from "../parts/Face";
import { useShowProfile } from "../parts/profiles";
import { clock, exact } from "../times";
import { HeldMeta } from "../screening/HeldMeta";
import { track } from "../track";
import { CHECKSUM_KEY } from "../uploads/digest";
import { awaited } from "../uploads/waiting";
import { WaitingMeta } from "../uploads/WaitingMeta";
import { Content } from "./Content";
import { senderName, summaryOf } from "./words";

const ReportMessage = lazy(async () => ({ default: (await import("../profile/Report")).ReportMessage }));
const EVENT_EVENTS: readonly string[] = [
  MatrixEventEvent.Replaced, MatrixEventEvent.Decrypted, MatrixEventEvent.Status, MatrixEventEvent.RelationsCreated, MatrixEventEvent.BeforeRedaction,
];
const RELATION_EVENTS: readonly string[] = ["Relations.add", "Relations.remove", "Relations.redaction"];
/** Where nothing can hover, a tap on a message shows what can be done with it. */
const TOUCH = window.matchMedia("(hover: none)");
const QUICK = ["👍", "❤️", "😄", "🎉", "😮", "👀"];

type Props = {
  event: MatrixEvent;
  room: Room;
  thread: Thread | null;
  isFirst: boolean;
  isRead: boolean;
  isTarget: boolean;
  mayWrite: boolean;
  onReply: (event: MatrixEvent) => void;
  onEdit: (event: MatrixEvent) => void;
  onOpenEvent: (eventId: string) => void;
};

export function MessageRow(props: Props) {
  const { event, room, thread, isFirst, isRead, isTarget, onOpenEvent } = props;
  const { t } = useTranslation();
  const client = useClient();
  useVersion(event, EVENT_EVENTS);
  const [hasMenu, setMenu] = useState(false);
  const [isTapped, setTapped] = useState(false);
  const [isReporting, setReporting] = useState(false);
  // Its buttons are made when somebody comes near: most messages only pass by.
  const [isNear, setNear] = useState(false);
  const near = (): void => setNear(true);
  const showProfile = useShowProfile();
  const who = (): void => showProfile(event.getSender() ?? "", room.roomId);
  const isMine = event.getSender() === room.myUserId;
  const hasFailed = event.status === EventStatus.NOT_SENT;
  const isHighlight = !isMine && (client.getPushActionsForEvent(event)?.tweaks?.highlight ?? false);
  const replies = thread === null ? (event.getThread()?.length ?? 0) : 0;
  return (
    <article
      tabIndex={-1} onMouseEnter={near} onFocus={near} onTouchStart={near}
      className="message" data-mine={isMine || undefined} data-first={isFirst || undefined} data-failed={hasFailed || undefined}
      data-highlight={isHighlight || undefined} data-menu={hasMenu || isTapped || undefined} data-event-id={event.getId()} data-target={isTarget || undefined} aria-current={isTarget || undefined}
      aria-label={`${senderName(event)}, ${clock(event.getTs())}: ${summaryOf(event, t)}`}
    >
      {!isMine && <div className="message-avatar">{isFirst && <button type="button" tabIndex={-1} aria-hidden onClick={who}><Face name={senderName(event)} mxc={event.sender?.getMxcAvatarUrl()} size={32} /></button>}</div>}
      <div className="message-body">
        {isFirst && !isMine && <button type="button" className="message-who" onClick={who}>{senderName(event)}</button>}
        <div className="bubble" onClick={() => TOUCH.matches && setTapped(!isTapped)}>
          <Quote event={event} room={room} onOpenEvent={onOpenEvent} />
          <Content event={event} />
        </div>
        <Reactions event={event} room={room} thread={thread} />
        {replies > 0 && (
          <a className="thread-link" href={`#/room/${encodeURIComponent(room.roomId)}/thread/${encodeURIComponent(event.getId() ?? "")}`}>
            {t("thread.replies", { count: replies })}
          </a>
        )}
        <Meta event={event} room={room} isMine={isMine} isRead={isRead} />
      </div>
      {!event.isRedacted() && event.status === null && isNear && <Tools {...props} isMine={isMine} onMenu={setMenu} onReport={() => setReporting(true)} />}
      {isReporting && <Suspense><ReportMessage event={event} onClose={() => setReporting(false)} /></Suspense>}
    </article>
  );
}

/** The message that this one answers. */
function Quote({ event, room, onOpenEvent }: { event: MatrixEvent; room: Room; onOpenEvent: (eventId: string) => void }) {
  const { t } = useTranslation();
  const isFallback = event.getWireContent()["m.relates_to"]?.is_falling_back === true;
  const answered = event.replyEventId && !isFallback ? event.replyEventId : undefined;
  if (answered === undefined || event.isRedacted()) return null;
  const original = room.findEventById(answered);
  return (
    <button type="button" className="quote" onClick={() => onOpenEvent(answered)}>
      {original ? <><b>{senderName(original)}</b> {summaryOf(original, t)}</> : t("message.repliesTo")}
    </button>
  );
}

function Meta({ event, room, isMine, isRead }: { event: MatrixEvent; room: Room; isMine: boolean; isRead: boolean }) {
  const { t } = useTranslation();
  const client = useClient();
  const isEdited = event.replacingEvent() !== null && !event.isRedacted();
  const time = (
    <Tooltip label={exact(event.getTs())}><time dateTime={new Date(event.getTs()).toISOString()}>{clock(event.getTs())}</time></Tooltip>
  );
  const upload = awaited(event);
  if (upload !== undefined) return <WaitingMeta upload={upload} />;
  if (event.status === EventStatus.NOT_SENT) {
    const why = event.error?.errcode ? event.error.data.error : undefined;
    return (
      <div className="meta">
        <span data-danger role="alert" title={why}>{why ?? t("message.notSent")}</span>
        <ActionIcon size="sm" variant="subtle" aria-label={t("message.resend")} onClick={() => { track("message_resend"); client.resendEvent(event, room).catch(() => {}); }}><IconRefresh size={16} /></ActionIcon>
        <ActionIcon size="sm" variant="subtle" color="red" aria-label={t("message.discard")} onClick={() => { track("message_discard"); client.cancelPendingEvent(event); }}><IconX size={16} /></ActionIcon>
      </div>
    );
  }
  const isOnItsWay = event.status !== null && event.status !== EventStatus.SENT;
  const mark = isOnItsWay ? { Icon: IconClock, label: t("message.sending") } : isRead ? { Icon: IconChecks, label: t("message.read") } : { Icon: IconCheck, label: t("message.sent") };
  const usual = (
    <div className="meta">
      {isEdited && <span>{t("message.edited")}</span>}
      {time}
      {isOnItsWay && event.getContent()[CHECKSUM_KEY] !== undefined && <span role="status">{t("message.whenChecked")}</span>}
      {isMine && !event.isRedacted() && <mark.Icon size={14} role="img" aria-label={mark.label} aria-hidden={false} />}
    </div>
  );
  return isMine ? <HeldMeta event={event} room={room} time={time}>{usual}</HeldMeta> : usual;
}

function Reactions({ event, room, thread }: { event: MatrixEvent; room: Room; thread: Thread | null }) {
  const { t } = useTranslation();
  const client = useClient();
  const container = thread?.timelineSet ?? event.getThread()?.timelineSet ?? room.getUnfilteredTimelineSet();
  const relations = container.relations.getChildEventsForEvent(event.getId() ?? "", RelationType.Annotation, EventType.Reaction)
    ?? room.relations.getChildEventsForEvent(event.getId() ?? "", RelationType.Annotation, EventType.Reaction);
  useVersion(relations, RELATION_EVENTS);
  const groups = (relations?.getSortedAnnotationsByKey() ?? [])
    .map(([key, events]) => [key, [...events].filter((one) => !one.isRedacted())] as const).filter(([, events]) => events.length > 0);
  if (groups.length === 0 || event.isRedacted()) return null;
  return (
    <div className="reactions">
      {groups.map(([key, events]) => {
        const mine = events.find((one) => one.getSender() === room.myUserId);
        const names = events.map(senderName).join(", ");
        return (
          <Tooltip key={key} label={names}>
            <button
              type="button" className="reaction" aria-pressed={mine !== undefined}
              onClick={() => (mine ? void client.redactEvent(room.roomId, mine.getId() ?? "").catch(() => {}) : react(client, room, event, key))}
            >
              <span aria-hidden>{key} {events.length}</span><span className="visually-hidden">{t("message.reaction", { key, names })}</span>
            </button>
          </Tooltip>
        );
      })}
    </div>
  );
}

function react(client: ReturnType<typeof useClient>, room: Room, event: MatrixEvent, key: string): void {
  track("message_react", { room_id: room.roomId });
  const relation = { rel_type: RelationType.Annotation, event_id: event.getId() ?? "", key } as const;
  client.sendEvent(room.roomId, event.threadRootId ?? null, EventType.Reaction, { "m.relates_to": relation }).catch(() => {});
}

function Tools({ event, room, thread, isMine, mayWrite, onReply, onEdit, onMenu, onReport }: Props & { isMine: boolean; onMenu: (opened: boolean) => void; onReport: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const id = event.getId() ?? "";
  const mayDelete = isMine || room.currentState.maySendRedactionForEvent(event, room.myUserId);
  const mayEdit = isMine && mayWrite && event.getContent()["msgtype"] === "m.text";
  const copy = (): void => void navigator.clipboard?.writeText(String(event.getContent()["body"] ?? ""));
  const copyLink = (): void => void navigator.clipboard?.writeText(permalink({ page: "room", roomId: room.roomId, eventId: id, ...(thread ? { threadId: thread.id } : {}) }));
  const remove = (): void => {
    track("message_delete", { room_id: room.roomId });
    client.redactEvent(room.roomId, id).catch(() => {});
  };
  const button = { variant: "subtle", color: "gray", size: 32 } as const;
  return (
    <div className="tools">
      {mayWrite && <Menu onChange={onMenu} position="bottom-end" width="auto">
        <Menu.Target><ActionIcon {...button} aria-label={t("message.react")}><IconMoodPlus size={18} /></ActionIcon></Menu.Target>
        <Menu.Dropdown style={{ display: "flex" }}>
          {QUICK.map((key) => <Menu.Item key={key} w={44} fz="lg" p="xs" ta="center" onClick={() => react(client, room, event, key)}>{key}</Menu.Item>)}
        </Menu.Dropdown>
      </Menu>}
      {mayWrite && <ActionIcon {...button} aria-label={t("message.reply")} onClick={() => onReply(event)}><IconArrowBackUp size={18} /></ActionIcon>}
      <Menu onChange={onMenu} position="bottom-end">
        <Menu.Target><ActionIcon {...button} aria-label={t("message.more")}><IconDots size={18} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          {thread === null && mayWrite && (
            <Menu.Item leftSection={<IconMessageCircle size={18} />} onClick={() => goTo({ page: "room", roomId: room.roomId, threadId: id })}>{t("thread.open")}</Menu.Item>
          )}
          {mayEdit && <Menu.Item leftSection={<IconPencil size={18} />} onClick={() => onEdit(event)}>{t("message.edit")}</Menu.Item>}
          <Menu.Item leftSection={<IconCopy size={18} />} onClick={copy}>{t("message.copy")}</Menu.Item>
          <Menu.Item leftSection={<IconLink size={18} />} onClick={copyLink}>{t("message.copyLink")}</Menu.Item>
          {!isMine && <Menu.Item leftSection={<IconFlag size={18} />} onClick={onReport}>{t("message.report")}</Menu.Item>}
          {mayDelete && <DeleteItem onDelete={remove} />}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

/** Nothing dangerous is one click: the first one asks. */
function DeleteItem({ onDelete }: { onDelete: () => void }) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  return (
    <Menu.Item color="red" leftSection={<IconTrash size={18} />} closeMenuOnClick={isAsking} onClick={() => (isAsking ? onDelete() : setAsking(true))}>
      {t(isAsking ? "message.deleteSure" : "message.delete")}
    </Menu.Item>
  );
}
