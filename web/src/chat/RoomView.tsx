import { ActionIcon } from "@mantine/core";
import { IconArrowLeft, IconInfoCircle, IconLock, IconSearch } from "@tabler/icons-react";
import { type MatrixEvent, type Room, RoomStateEvent, type Thread } from "matrix-js-sdk";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Composer } from "../composer/Composer";
import { goTo, hrefOf, useClient, useVersion } from "../hooks";
import { leaverOf, replacementOf } from "../handover/succession";
import { useHandover } from "../handover/useHandover";
import { Face } from "../parts/Face";
import { plainName } from "../people";
import { nameOf, pictureOf, sessionOf } from "../rooms";
import { ConsentCard, RecordingMark, recordingOf } from "../records/chat";
import { EventBar } from "../safety/chat";
import { RaiseButton } from "../safety/RaiseButton";
import { groupOf } from "../safety/state";
import { EncryptedGate } from "../security/EncryptedGate";
import { Timeline } from "../timeline/Timeline";
import { track } from "../track";
import { PRESENCE_EVENTS, TIMELINE_EVENTS } from "./events";

const HandoverCard = lazy(() => import("../handover/Card"));
const Off = lazy(() => import("../handover/Off"));
const STATE_EVENTS: readonly string[] = [RoomStateEvent.Events, RoomStateEvent.Members];

export function RoomView({ room, eventId }: { room: Room; eventId: string | undefined }) {
  useEffect(() => void track("room_open", { room_id: room.roomId }), [room]);
  return (
    <>
      <RoomHead room={room} />
      <AboutEvent room={room} />
      <EncryptedGate room={room} />
      <Talk room={room} thread={null} eventId={eventId} />
    </>
  );
}

/** The messages of a room or thread, and the place to write. */
export function Talk({ room, thread, eventId }: { room: Room; thread: Thread | null; eventId: string | undefined }) {
  const [answered, setAnswered] = useState<MatrixEvent | null>(null);
  const [edited, setEdited] = useState<MatrixEvent | null>(null);
  const [isDraftTaken, setDraftTaken] = useState(true);
  useVersion(room.currentState, STATE_EVENTS);
  const handover = useHandover(room);
  const isOff = handover?.isOff || replacementOf(room) !== null;
  const hasCard = thread === null && handover !== null;
  const isAsked = thread === null && sessionOf(room)?.customer === room.myUserId && recordingOf(room)?.consent === "asked";
  return (
    <>
      <Timeline
        room={room} thread={thread} eventId={eventId} mayWrite={!isOff}
        end={(hasCard || isAsked) && (
          <Suspense>
            {isAsked && <ConsentCard room={room} />}
            {hasCard && <HandoverCard handover={handover} room={room} isDraftTaken={isDraftTaken} />}
          </Suspense>
        )}
        onReply={(event) => { setEdited(null); setAnswered(event); }}
        onEdit={(event) => { setAnswered(null); setEdited(event); }}
      />
      {isOff ? <Suspense fallback={<div className="composer composer-off" />}><Off room={room} handover={handover} isThread={thread !== null} isDraftTaken={isDraftTaken} onTake={setDraftTaken} /></Suspense> : (
        <Composer
          key={edited?.getId() ?? ""} room={room} thread={thread} answered={answered} edited={edited}
          onDone={() => { setAnswered(null); setEdited(null); }}
        />
      )}
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
      {recordingOf(room) !== null && <Suspense><RecordingMark room={room} /></Suspense>}
      {groupOf(room) === null && <RaiseButton className="only-narrow" />}
      <ActionIcon component="a" href={hrefOf({ page: "room", roomId: room.roomId, panel: "search" })} size={44} variant="subtle" color="gray" aria-label={t("search.open")}>
        <IconSearch size={20} />
      </ActionIcon>
      <ActionIcon component="a" href={hrefOf({ page: "room", roomId: room.roomId, panel: "info" })} size={44} variant="subtle" color="gray" aria-label={t("info.open")}>
        <IconInfoCircle size={20} />
      </ActionIcon>
    </header>
  );
}

/** In the group of an event: what it is, and how far. */
function AboutEvent({ room }: { room: Room }) {
  useVersion(room.currentState, STATE_EVENTS);
  return groupOf(room) && <Suspense fallback={<div className="event-bar" />}><EventBar room={room} isMap={false} /></Suspense>;
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
  const leaver = session && session.customer !== room.myUserId ? leaverOf(client, room) : null;
  const leaverName = leaver && (leaver.room.getMember(leaver.userId)?.rawDisplayName ?? plainName(leaver.userId));
  const parts = [
    leaverName && t("handover.takenOver", { name: leaverName }),
    session && t([`session.${session.state}`, "session.open"]),
    other ? other.presence !== "offline" && t(`presence.${other.currentlyActive || other.presence === "online" ? "online" : "unavailable"}`) : t("room.members", { count: room.getJoinedMemberCount() }),
    other?.presenceStatusMsg,
    typeof topic === "string" && topic,
  ];
  return <>{parts.filter(Boolean).join(" · ")}</>;
}
