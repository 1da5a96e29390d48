import { Stack, Text, Title } from "@mantine/core";
import { type MatrixEvent, type Room, RoomEvent, RoomStateEvent } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient, useVersion } from "../hooks";
import "../panels.css";
import { Map } from "../parts/map/Map";
import type { Tone } from "../parts/map/types";
import { exact } from "../times";
import { earlierBeacons, type LivePosition, livePositions } from "./beacons";
import { EventActions } from "./EventActions";
import EventBar from "./EventBar";
import { EventMembers } from "./EventMembers";
import { Identify } from "./identify/Identify";
import "./safety.css";
import { ShareHere } from "./ShareHere";
import { type Group, groupOf } from "./state";

const STATE_EVENTS: readonly string[] = [RoomStateEvent.Events, RoomStateEvent.Members];
const TIMELINE_EVENTS: readonly string[] = [RoomEvent.Timeline, RoomEvent.Redaction];
const MOST_NAMED = 12;
const TONES: Readonly<Record<string, Tone>> = { open: "event", handled: "handled" };

/** Beside the conversation: where it is and who is there, how far it is, who is in the group and why. */
export default function EventPanel({ room }: { room: Room }) {
  const { t } = useTranslation();
  useVersion(room.currentState, STATE_EVENTS);
  const positions = usePositions(room);
  const group = groupOf(room);
  if (group === null) return null;
  const isOver = group.status === "closed";
  return (
    <>
      <div className="event-panel-tabs only-below-side"><EventBar room={room} isMap /></div>
      <div className="panel-body">
        <Stack>
          <Where room={room} group={group} positions={positions} />
          <Title order={2} fz="lg">{group.title}</Title>
          {isOver ? <Text fz="sm">{t("safety.event.closedText")} {group.summary}</Text> : <ShareHere room={room} />}
          {!isOver && <EventActions room={room} group={group} />}
          <Identify eventId={group.event_id} isOpen={group.status === "open" || group.status === "handled"} />
          <EventMembers room={room} positions={positions} />
        </Stack>
      </div>
    </>
  );
}

function Where({ room, group, positions }: { room: Room; group: Group; positions: readonly LivePosition[] }) {
  const { t } = useTranslation();
  const shapes = [{ id: group.event_id, area: group.area, label: group.title, tone: TONES[group.status] ?? "over" }];
  const pins = positions.map((one) => ({
    id: one.userId, latitude: one.latitude, longitude: one.longitude, accuracy: one.accuracy,
    label: t("safety.event.at", { name: room.getMember(one.userId)?.rawDisplayName ?? one.userId, time: exact(one.ts) }), tone: (one.userId === room.myUserId ? "me" : "person") as Tone,
    // More names than that would cover one another.
    ...(positions.length <= MOST_NAMED ? { name: room.getMember(one.userId)?.rawDisplayName ?? one.userId } : {}),
  }));
  return <Map label={t("safety.event.mapLabel", { title: group.title })} shapes={shapes} pins={pins} fit={group.area} />;
}

function usePositions(room: Room): LivePosition[] {
  const client = useClient();
  useVersion(room, TIMELINE_EVENTS);
  const [earlier, setEarlier] = useState<MatrixEvent[]>([]);
  useEffect(() => {
    let isOver = false;
    // Newer ones come by themselves.
    earlierBeacons(client, room).then((found) => !isOver && setEarlier(found), () => {});
    return () => { isOver = true; };
  }, [client, room]);
  return livePositions(room, earlier);
}
