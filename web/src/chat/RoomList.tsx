import { ActionIcon, Badge, Indicator, SegmentedControl, Skeleton } from "@mantine/core";
import { IconSearch, IconSettings } from "@tabler/icons-react";
import type { Room } from "matrix-js-sdk";
import { type KeyboardEvent, lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { isAsked, isCustomerOf, toldIn } from "../handover/succession";
import { hrefOf, useClient } from "../hooks";
import { Face } from "../parts/Face";
import { Empty, TimelineSkeleton } from "../parts/States";
import { SHARED, SharedRecords } from "../records/chat";
import { GROUPS, groupRooms, highlightsOf, nameOf, pictureOf, sessionOf, unreadOf } from "../rooms";
import { EventAsk } from "../safety/chat";
import { RaiseButton } from "../safety/RaiseButton";
import { askOf } from "../safety/state";
import { exact, short } from "../times";
import { lastMessage } from "../timeline/items";
import { summaryOf } from "../timeline/words";
import { NewMenu } from "./NewMenu";

const Invitation = lazy(() => import("./Invitation"));
const ContactList = lazy(() => import("../contacts/ContactList"));

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

export function RoomList({ openId, openRecord, onJump }: { openId: string | undefined; openRecord: string | undefined; onJump: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const groups = groupRooms(client);
  const [part, setPart] = useState<"rooms" | "contacts">("rooms");
  const isEmpty = GROUPS.every((group) => groups[group].length === 0);
  return (
    <>
      <div className="rail-top">
        <button type="button" className="jump" onClick={onJump} aria-keyshortcuts="Control+K" title={IS_MAC ? "⌘K" : "Ctrl K"}>
          <IconSearch size={18} aria-hidden />
          {t("jump.short")}
        </button>
        <RaiseButton />
        <NewMenu />
        <ActionIcon component="a" href={hrefOf({ page: "settings" })} size={44} variant="subtle" color="gray" aria-label={t("settings.title")}>
          <IconSettings size={20} />
        </ActionIcon>
      </div>
      <SegmentedControl
        mx="sm" mb="xs" size="sm" aria-label={t("rooms.show")} value={part} data={[{ value: "rooms", label: t("rooms.chats") }, { value: "contacts", label: t("rooms.contacts") }]}
        onChange={(value) => setPart(value as "rooms" | "contacts")}
      />
      {part === "contacts" && <Suspense fallback={<TimelineSkeleton />}><ContactList /></Suspense>}
      <div className="rooms" onKeyDown={moveFocus} hidden={part !== "rooms"}>
        {client.getAccountData(SHARED as never) && <Suspense><SharedRecords openId={openRecord} /></Suspense>}
        {isEmpty && <Empty title={t("rooms.emptyTitle")} text={t("rooms.emptyText")} action={t("jump.open")} onAction={onJump} />}
        {GROUPS.filter((group) => groups[group].length > 0).map((group) => (
          <section key={group} aria-labelledby={`group-${group}`}>
            <h2 id={`group-${group}`}>{t(`rooms.${group}`)}</h2>
            <ul>
              {groups[group].map((room) => (
                <li key={room.roomId}>
                  {group === "invitations" ? <Suspense fallback={<Skeleton h={120} mb="sm" />}>{askOf(room) ? <EventAsk room={room} /> : <Invitation room={room} />}</Suspense> : <RoomLink room={room} isOpen={room.roomId === openId} />}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </>
  );
}

/** Arrow keys go through the list. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>("a, button")];
  const next = links[links.indexOf(document.activeElement as HTMLElement) + step];
  if (next !== undefined) {
    event.preventDefault();
    next.focus();
  }
}

/** What stands in place of the last message where somebody has left, and their customer goes on nowhere yet. */
function toldToCustomer(room: Room): string | null {
  const told = isCustomerOf(room) ? toldIn(room) : null;
  if (told === null || told.isTransfer) return null;
  return told.status === "waiting" ? "handover.row" : told.status === "declined" ? "handover.unreceived" : null;
}

function RoomLink({ room, isOpen }: { room: Room; isOpen: boolean }) {
  const { t } = useTranslation();
  const unread = unreadOf(room);
  const highlights = highlightsOf(room);
  const last = lastMessage(room);
  const name = nameOf(room);
  const told = toldToCustomer(room);
  return (
    <a className="room" href={hrefOf({ page: "room", roomId: room.roomId })} aria-current={isOpen ? "page" : undefined} data-unread={unread > 0 || undefined}>
      <Indicator disabled={sessionOf(room)?.state !== "waiting" && !isAsked(room)} color="orange" offset={5} size={10}>
        <Face name={name} mxc={pictureOf(room)} />
      </Indicator>
      <div className="room-text">
        <div className="room-line">
          <span className="room-name">{name}</span>
          {last && <time className="room-time" dateTime={new Date(last.getTs()).toISOString()} title={exact(last.getTs())}>{short(last.getTs())}</time>}
        </div>
        <div className="room-line">
          <span className="room-last">{told ? t(told, { name }) : sessionOf(room)?.state === "waiting" ? t("session.waiting") : last ? summaryOf(last, t) : ""}</span>
          {unread > 0 && (
            <Badge size="sm" circle={unread < 10 && highlights === 0} color={highlights > 0 ? "red.8" : "accent.6"} aria-label={t(highlights > 0 ? "rooms.highlights" : "rooms.count", { count: unread })}>
              {highlights > 0 ? `@${unread}` : unread}
            </Badge>
          )}
        </div>
      </div>
    </a>
  );
}
