import { Anchor, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Map } from "../../parts/map/Map";
import { Submissions } from "../../safety/identify/Submissions";
import type { EventView, SafetyEvent } from "../../safety/types";
import { useLoad } from "../load";
import { namesOf } from "../names";
import { useLive } from "../operations/live";
import { Ago } from "../parts/Ago";
import { Broken } from "../parts/Broken";
import { DrawerSection } from "../parts/DrawerSection";
import { Facts } from "../parts/Facts";
import { Id } from "../parts/Id";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { AskedList } from "./AskedList";
import { Counts } from "./Counts";
import { EventActions } from "./EventActions";
import { StateBadge } from "./StateBadge";

const EVERY_MS = 5000;

/** One event: where, what, how far; who was found, asked, and came; what can be done about it. */
export function EventDrawer({ eventId, onChanged }: { eventId: string; onChanged: () => void }) {
  const { t } = useTranslation();
  const { value, error, reload } = useLive<EventView>((signal) => call<EventView>("GET", `/safety/events/${encodeURIComponent(eventId)}`, { signal }), [eventId], EVERY_MS);
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  const { event, counts } = value;
  const changed = (): void => { reload(); onChanged(); };
  const tone = event.state === "open" ? "event" : event.state === "handled" ? "handled" : "over";
  return (
    <>
      <Title order={2} fz="lg" mb="xs">{event.details.title}</Title>
      {event.details.text && <Text fz="sm" mb="sm" className="break">{event.details.text}</Text>}
      <Map label={t("safetyDesk.map.one", { title: event.details.title })} shapes={[{ id: event.event_id, area: event.details.area, label: event.details.title, tone }]} fit={event.event_id} />
      <EventActions event={event} onChanged={changed} />
      <DrawerSection title={t("safetyDesk.about")}><About event={event} /></DrawerSection>
      <DrawerSection title={t("safetyDesk.candidates.submitted")}><Submissions eventId={eventId} version={event.updated_ts} none={t("safetyDesk.candidates.none")} /></DrawerSection>
      <DrawerSection title={t("safetyDesk.asked.title")}>
        {counts !== null && <Counts counts={counts} />}
        <AskedList eventId={eventId} version={JSON.stringify([event.updated_ts, counts])} />
      </DrawerSection>
    </>
  );
}

function About({ event }: { event: SafetyEvent }) {
  const { t } = useTranslation();
  const { details } = event;
  const { value: name } = useLoad((signal) => namesOf([event.raised_by, details.handled_by, details.closed_by], signal), [event.raised_by, details.handled_by, details.closed_by]);
  const who = (userId: string | undefined): string => (userId ? (name?.(userId) ?? userId) : "");
  const time = (ts: number | null | undefined) => (ts ? <Ago ts={ts} /> : "");
  return (
    <Facts
      facts={[
        [t("safetyDesk.column.state"), <StateBadge key="state" state={event.state} />],
        [t("safetyDesk.column.kind"), t(`safety.kind.${event.kind}`)],
        [t("safetyDesk.column.source"), t(`safetyDesk.source.${event.source}`)],
        [t("safetyDesk.column.by"), who(event.raised_by)],
        [t("safetyDesk.column.raised"), time(event.created_ts)],
        [t("safetyDesk.column.updated"), time(event.updated_ts)],
        [t("safetyDesk.expires"), time(details.expires_ts)],
        [t("safetyDesk.trusted"), t(details.is_trusted ? "safetyDesk.yes" : "safetyDesk.no")],
        [t("safetyDesk.handledBy"), who(details.handled_by)],
        [t("safetyDesk.column.closed"), time(details.closed_ts)],
        [t("safetyDesk.closedBy"), who(details.closed_by)],
        [t("safetyDesk.column.summary"), details.summary],
        [t("safetyDesk.column.room_id"), event.room_id && <Anchor key="room" fz="sm" href={`/app#/room/${encodeURIComponent(event.room_id)}`}><Id text={event.room_id} /></Anchor>],
        [t("safetyDesk.column.event_id"), <Id key="id" text={event.event_id} />],
      ]}
    />
  );
}
