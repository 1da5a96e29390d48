import { Paper, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Map } from "../../parts/map/Map";
import { useLive } from "../operations/live";
import { openSubject } from "../route";
import type { EventPage } from "./types";

const EVERY_MS = 5000;
const MOST = 200;

/** Where something happens now; what is pointed at opens. `onChanged`: what happens has changed. */
export function LiveMap({ version, onChanged }: { version: number; onChanged: () => void }) {
  const { t } = useTranslation();
  const { value } = useLive<EventPage>((signal) => call<EventPage>("GET", "/safety/events", { query: { open: true, limit: MOST }, signal }), [version], EVERY_MS);
  const events = value?.events ?? [];
  const state = value && events.map((one) => `${one.event_id} ${one.updated_ts}`).join();
  const before = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (before.current !== undefined && state !== undefined && state !== before.current) onChanged();
    before.current = state ?? before.current;
  }, [state]);
  const shapes = events.map((one) => ({ id: one.event_id, area: one.details.area, label: `${one.details.title} · ${t(`safety.state.${one.state}`)}`, tone: one.state === "handled" ? ("handled" as const) : ("event" as const) }));
  return (
    <Paper component="section" withBorder p="lg" mb="md" className="live-map" aria-label={t("safetyDesk.map.title")}>
      <Title order={2} fz="md">{t("safetyDesk.map.title")}</Title>
      <Text fz="sm" c="dimmed" mb="xs" role="status">{value === undefined ? t("loading") : t("safetyDesk.map.count", { count: events.length })}</Text>
      <Map label={t("safetyDesk.map.label")} shapes={shapes} fit={events.map((one) => one.event_id).join()} onOpen={openSubject} />
    </Paper>
  );
}
