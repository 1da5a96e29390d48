import { EventType, type MatrixEvent, type Room } from "matrix-js-sdk";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { earlierOf, leaverOf, replacementOf } from "../handover/succession";
import { hrefOf, useClient } from "../hooks";
import { plainName } from "../people";
import { SESSION_TYPE, sessionOf } from "../rooms";
import { noticeOf } from "./words";

/** What happened in a room, in a line; where the conversation came from and goes to, one can go as well. */
export function NoticeRow({ event, room }: { event: MatrixEvent; room: Room }) {
  const { t } = useTranslation();
  const isLink = event.getType() === EventType.RoomTombstone && replacementOf(room) !== null;
  return (
    <p className="notice" style={{ margin: 0 }}>
      {isLink ? <a href={hrefOf({ page: "room", roomId: replacementOf(room) ?? "" })}>{t("handover.continuesHere")}</a> : noticeOf(event, t)}
      {event.getType() === EventType.RoomCreate && <Before room={room} />}
      {event.getType() === SESSION_TYPE && <TakenOver event={event} room={room} />}
    </p>
  );
}

/** The conversation before this one, for who may read it. */
function Before({ room }: { room: Room }): ReactNode {
  const { t } = useTranslation();
  const client = useClient();
  const leaver = sessionOf(room)?.customer === room.myUserId ? null : leaverOf(client, room);
  const name = leaver && (leaver.room.getMember(leaver.userId)?.rawDisplayName ?? plainName(leaver.userId));
  return (
    <>
      {name && ` · ${t("handover.takenOver", { name })}`}
      {earlierOf(client, room).map((earlier) => <span key={earlier.roomId}> · <a href={hrefOf({ page: "room", roomId: earlier.roomId })}>{t("handover.earlier")}</a></span>)}
    </>
  );
}

/** From whom a session went to somebody else, in the same room. */
function TakenOver({ event, room }: { event: MatrixEvent; room: Room }): ReactNode {
  const { t } = useTranslation();
  const before: unknown = event.getPrevContent()["staff"];
  if (typeof before !== "string" || before === event.getContent()["staff"]) return null;
  return ` · ${t("handover.takenOver", { name: room.getMember(before)?.rawDisplayName ?? plainName(before) })}`;
}
