import { ActionIcon, Badge, Button, Indicator } from "@mantine/core";
import { IconSearch, IconSettings } from "@tabler/icons-react";
import type { Room } from "matrix-js-sdk";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { hrefOf, goTo, useClient } from "../hooks";
import { Face } from "../parts/Face";
import { Empty } from "../parts/States";
import { GROUPS, groupRooms, highlightsOf, nameOf, pictureOf, sessionOf, unreadOf } from "../rooms";
import { exact, short } from "../times";
import { lastMessage } from "../timeline/items";
import { summaryOf } from "../timeline/words";
import { track } from "../track";

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

export function RoomList({ openId, onJump }: { openId: string | undefined; onJump: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const groups = groupRooms(client);
  const isEmpty = GROUPS.every((group) => groups[group].length === 0);
  return (
    <>
      <div className="rail-top">
        <button type="button" className="jump" onClick={onJump}>
          <IconSearch size={18} aria-hidden />
          {t("jump.short")}
          <kbd aria-hidden>{IS_MAC ? "⌘K" : "Ctrl K"}</kbd>
        </button>
        <ActionIcon component="a" href={hrefOf({ page: "settings" })} size={44} variant="subtle" color="gray" aria-label={t("settings.title")}>
          <IconSettings size={20} />
        </ActionIcon>
      </div>
      <div className="rooms" onKeyDown={moveFocus}>
        {isEmpty && <Empty title={t("rooms.emptyTitle")} text={t("rooms.emptyText")} action={t("jump.open")} onAction={onJump} />}
        {GROUPS.filter((group) => groups[group].length > 0).map((group) => (
          <section key={group} aria-labelledby={`group-${group}`}>
            <h2 id={`group-${group}`}>{t(`rooms.${group}`)}</h2>
            <ul>
              {groups[group].map((room) => (
                <li key={room.roomId}>
                  {group === "invitations" ? <Invitation room={room} /> : <RoomLink room={room} isOpen={room.roomId === openId} />}
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

function RoomLink({ room, isOpen }: { room: Room; isOpen: boolean }) {
  const { t } = useTranslation();
  const unread = unreadOf(room);
  const highlights = highlightsOf(room);
  const last = lastMessage(room);
  const name = nameOf(room);
  return (
    <a className="room" href={hrefOf({ page: "room", roomId: room.roomId })} aria-current={isOpen ? "page" : undefined} data-unread={unread > 0 || undefined}>
      <Indicator disabled={sessionOf(room)?.state !== "waiting"} color="orange" offset={5} size={10}>
        <Face name={name} mxc={pictureOf(room)} />
      </Indicator>
      <div className="room-text">
        <div className="room-line">
          <span className="room-name">{name}</span>
          {last && <time className="room-time" dateTime={new Date(last.getTs()).toISOString()} title={exact(last.getTs())}>{short(last.getTs())}</time>}
        </div>
        <div className="room-line">
          <span className="room-last">{sessionOf(room)?.state === "waiting" ? t("session.waiting") : last ? summaryOf(last, t) : ""}</span>
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

function Invitation({ room }: { room: Room }) {
  const { t } = useTranslation();
  const client = useClient();
  const [isBusy, setBusy] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const by = room.getMember(client.getSafeUserId())?.events.member?.getSender();
  const answer = async (yes: boolean): Promise<void> => {
    track(yes ? "invitation_accept" : "invitation_refuse", { room_id: room.roomId });
    setBusy(true);
    setFailed(false);
    try {
      await (yes ? client.joinRoom(room.roomId) : client.leave(room.roomId));
      if (yes) goTo({ page: "room", roomId: room.roomId });
    } catch {
      setFailed(true);
    }
    setBusy(false);
  };
  return (
    <div className="room">
      <Face name={nameOf(room)} mxc={pictureOf(room)} />
      <div className="room-text">
        <div className="room-name">{nameOf(room)}</div>
        <div className="room-last">{hasFailed ? t("invitation.failed") : by && t("invitation.by", { name: room.getMember(by)?.name ?? by })}</div>
        <Button.Group mt={4}>
          <Button size="xs" loading={isBusy} onClick={() => void answer(true)}>{t("invitation.accept")}</Button>
          <Button size="xs" variant="default" disabled={isBusy} onClick={() => void answer(false)}>{t("invitation.refuse")}</Button>
        </Button.Group>
      </div>
    </div>
  );
}
