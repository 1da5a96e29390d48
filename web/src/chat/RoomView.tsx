import { ActionIcon } from "@mantine/core";
import { IconArrowLeft, IconInfoCircle, IconLock, IconSearch } from "@tabler/icons-react";
import type { MatrixEvent, Room, Thread } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Composer } from "../composer/Composer";
import { goTo, hrefOf, useClient, useVersion } from "../hooks";
import { Face } from "../parts/Face";
import { nameOf, pictureOf, sessionOf } from "../rooms";
import { EncryptedGate } from "../security/EncryptedGate";
import { Timeline } from "../timeline/Timeline";
import { track } from "../track";
import { PRESENCE_EVENTS, TIMELINE_EVENTS } from "./events";

export function RoomView({ room, eventId }: { room: Room; eventId: string | undefined }) {
  useEffect(() => void track("room_open", { room_id: room.roomId }), [room]);
  return (
    <>
      <RoomHead room={room} />
      <EncryptedGate room={room} />
      <Talk room={room} thread={null} eventId={eventId} />
    </>
  );
}

/** The messages of a room or thread, and the place to write. */
export function Talk({ room, thread, eventId }: { room: Room; thread: Thread | null; eventId: string | undefined }) {
  const [answered, setAnswered] = useState<MatrixEvent | null>(null);
  const [edited, setEdited] = useState<MatrixEvent | null>(null);
  return (
    <>
      <Timeline
        room={room} thread={thread} eventId={eventId}
        onReply={(event) => { setEdited(null); setAnswered(event); }}
        onEdit={(event) => { setAnswered(null); setEdited(event); }}
      />
      <Composer
        key={edited?.getId() ?? ""} room={room} thread={thread} answered={answered} edited={edited}
        onDone={() => { setAnswered(null); setEdited(null); }}
      />
    </>
  );
}

function RoomHead({ room }: { room: Room }) {
  const { t } = useTranslation();
  useVersion(room, TIMELINE_EVENTS);
  return (
    <header className="head">
      <ActionIcon className="only-narrow" size={44} variant="subtle" color="gray" aria-label={t("room.back")} onClick={() => goTo({ page: "home" })}>
        <IconArrowLeft size={20} />
      </ActionIcon>
      <Face name={nameOf(room)} mxc={pictureOf(room)} />
      <div className="head-text">
        <h1>{room.hasEncryptionStateEvent() && <IconLock size={16} role="img" aria-label={t("info.encrypted")} aria-hidden={false} className="head-lock" />}{nameOf(room)}</h1>
        <p><About room={room} /></p>
      </div>
      <ActionIcon component="a" href={hrefOf({ page: "room", roomId: room.roomId, panel: "search" })} size={44} variant="subtle" color="gray" aria-label={t("search.open")}>
        <IconSearch size={20} />
      </ActionIcon>
      <ActionIcon component="a" href={hrefOf({ page: "room", roomId: room.roomId, panel: "info" })} size={44} variant="subtle" color="gray" aria-label={t("info.open")}>
        <IconInfoCircle size={20} />
      </ActionIcon>
    </header>
  );
}

/** Who it is: presence of the other one, or how many there are, and the topic. */
function About({ room }: { room: Room }) {
  const { t } = useTranslation();
  const client = useClient();
  const session = sessionOf(room);
  const others = room.getJoinedMembers().filter((member) => member.userId !== room.myUserId);
  const otherId = session ? (session.customer === room.myUserId ? session.staff : session.customer) : others.length === 1 ? others[0]?.userId : undefined;
  const other = otherId ? client.getUser(otherId) : null;
  useVersion(other, PRESENCE_EVENTS);
  const topic: unknown = room.currentState.getStateEvents("m.room.topic", "")?.getContent()["topic"];
  const parts = [
    session && t(`session.${session.state}`),
    other ? other.presence !== "offline" && t(`presence.${other.currentlyActive || other.presence === "online" ? "online" : "unavailable"}`) : t("room.members", { count: room.getJoinedMemberCount() }),
    other?.presenceStatusMsg,
    typeof topic === "string" && topic,
  ];
  return <>{parts.filter(Boolean).join(" · ")}</>;
}
