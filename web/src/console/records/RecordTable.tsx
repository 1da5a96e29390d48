import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import type { RecordInfo } from "../../records/types";
import { number } from "../operations/units";
import { shortId } from "../names";
import { Ago, stamp } from "../parts/Ago";
import { useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import type { Column, Load } from "../table/types";
import { RecordFilters, wantedOf } from "./filters";
import type { RecordPage } from "./types";

type Row = RecordInfo & { people: string[] };

/** All records that one may see, that first in which something was said last. */
export function RecordTable() {
  const { t } = useTranslation();
  const { query } = useRoute();
  const load: Load<Row> = async ({ from, limit, signal }) => {
    const page = await call<RecordPage>("GET", "/records", { query: { ...wantedOf(query), from, limit }, signal });
    const name = (userId: string): string => page.names[userId] || shortId(userId);
    return { rows: page.records.map((one) => ({ ...one, people: (page.people[one.record_id] ?? []).map(name) })), next: page.next_batch ?? null };
  };
  return (
    <DataTable
      name="records" label={t("records.page")} columns={useColumns()} keyOf={(one) => one.record_id} load={load} filters={<RecordFilters />}
      empty={{ title: t("records.emptyTitle"), text: t("records.emptyText") }}
    />
  );
}

const MOST_NAMED = 4;

function useColumns(): readonly Column<Row>[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    const who = (one: Row): string => one.people.slice(0, MOST_NAMED).join(", ") + (one.people.length > MOST_NAMED ? ` +${one.people.length - MOST_NAMED}` : "");
    const count = (id: string, of: (one: Row) => number | undefined, isExtra = false): Column<Row> => ({ id, label: t(`records.column.${id}`), cell: (one) => number(of(one) ?? 0), text: (one) => String(of(one) ?? 0), isExtra });
    const text = (id: string, of: (one: Row) => string, isExtra = false): Column<Row> => ({ id, label: t(`records.column.${id}`), cell: of, text: of, isExtra });
    const time = (id: string, of: (one: Row) => number | undefined, isExtra = false): Column<Row> => ({ id, label: t(`records.column.${id}`), cell: (one) => <Ago ts={of(one)} />, text: (one) => stamp(of(one)), isExtra });
    return [
      text("who", (one) => one.title || who(one) || t("records.untitled")),
      text("people", who, true),
      text("kind", (one) => t(`records.kind.${one.kind}`)),
      text("program", (one) => (one.program === "roomkeeper" ? t("records.here") : one.program)),
      count("entries", (one) => one.entries),
      text("consent", (one) => t(`records.consent.${one.consent ?? "none"}`)),
      text("recording", (one) => t(one.recording === false ? "records.stopped" : "records.goesOn")),
      time("last", (one) => one.last_ts),
      time("first", (one) => one.first_ts, true),
      count("withheld", (one) => one.withheld, true),
      count("erased", (one) => one.erased, true),
      text("record_id", (one) => one.record_id, true),
      text("room_id", (one) => one.room_id ?? "", true),
    ];
  }, [t, i18n.language]);
}
