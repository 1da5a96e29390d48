import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { KINDS, type SafetyEvent, STATES } from "../../safety/types";
import { namesOf } from "../names";
import { Ago, stamp } from "../parts/Ago";
import { useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import { SelectFilter } from "../table/Filters";
import type { Column, Load } from "../table/types";
import { StateBadge } from "./StateBadge";
import type { EventPage } from "./types";

type Row = SafetyEvent & { by: string };
const SOURCES = ["person", "organisation", "cap"] as const;

/** All events, the newest first; of one source alone where it is for feeds. */
export function EventTable({ version, source }: { version: number; source?: "cap" }) {
  const { t } = useTranslation();
  const { query } = useRoute();
  const load: Load<Row> = async ({ from, limit, signal }) => {
    const wanted = { kind: query.get("kind"), state: query.get("state"), source: source ?? query.get("source") };
    const page = await call<EventPage>("GET", "/safety/events", { query: { ...wanted, from, limit }, signal });
    const name = await namesOf(page.events.map((one) => one.raised_by), signal);
    return { rows: page.events.map((one) => ({ ...one, by: name(one.raised_by) })), next: page.next_batch ?? null };
  };
  const words = source === "cap" ? "safetyDesk.feeds" : "safetyDesk.events";
  return (
    <DataTable
      name="safety-events" label={t("safetyDesk.view.events")} columns={useColumns()} keyOf={(one) => one.event_id} load={load} version={version}
      filters={
        <>
          <SelectFilter name="kind" label={t("safetyDesk.column.kind")} options={KINDS.map((value) => ({ value, label: t(`safety.kind.${value}`) }))} />
          <SelectFilter name="state" label={t("safetyDesk.column.state")} options={STATES.map((value) => ({ value, label: t(`safety.state.${value}`) }))} />
          {!source && <SelectFilter name="source" label={t("safetyDesk.column.source")} options={SOURCES.map((value) => ({ value, label: t(`safetyDesk.source.${value}`) }))} />}
        </>
      }
      empty={{ title: t(`${words}.emptyTitle`), text: t(`${words}.emptyText`) }}
    />
  );
}

function useColumns(): readonly Column<Row>[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    const text = (id: string, of: (one: Row) => string, isExtra = false): Column<Row> => ({ id, label: t(`safetyDesk.column.${id}`), cell: of, text: of, isExtra });
    const time = (id: string, of: (one: Row) => number | null | undefined, isExtra = false): Column<Row> => ({ id, label: t(`safetyDesk.column.${id}`), cell: (one) => <Ago ts={of(one)} />, text: (one) => stamp(of(one)), isExtra });
    return [
      text("title", (one) => one.details.title),
      text("kind", (one) => t(`safety.kind.${one.kind}`)),
      { id: "state", label: t("safetyDesk.column.state"), cell: (one) => <StateBadge state={one.state} />, text: (one) => one.state },
      text("source", (one) => t(`safetyDesk.source.${one.source}`)),
      text("by", (one) => one.by),
      time("raised", (one) => one.created_ts),
      time("updated", (one) => one.updated_ts),
      time("closed", (one) => one.details.closed_ts, true),
      text("text", (one) => one.details.text ?? "", true),
      text("summary", (one) => one.details.summary ?? "", true),
      text("event_id", (one) => one.event_id, true),
      text("room_id", (one) => one.room_id ?? "", true),
    ];
  }, [t, i18n.language]);
}
