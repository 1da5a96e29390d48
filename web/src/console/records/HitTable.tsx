import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import type { RecordInfo, Shown } from "../../records/types";
import { shortId } from "../names";
import { Ago, stamp } from "../parts/Ago";
import { hrefOf, useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import type { Column, Load } from "../table/types";
import { RecordFilters, wantedOf } from "./filters";
import type { SearchPage } from "./types";

type Row = { record: RecordInfo; entry: Shown };
const MOST = 100;

/** What was found in all records; a row opens the record where it was said. */
export function HitTable() {
  const { t } = useTranslation();
  const { query } = useRoute();
  const term = query.get("q") ?? "";
  const load: Load<Row> = async ({ from, limit, signal }) => {
    const page = await call<SearchPage>("GET", "/records/search", { query: { ...wantedOf(query), q: term, from, limit: Math.min(limit, MOST) }, signal });
    return { rows: page.results, next: page.next_batch ?? null };
  };
  const href = (key: string): string => {
    const [recordId = "", seq = ""] = key.split(" ");
    const kept = new URLSearchParams(query);
    kept.set("entry", seq);
    return hrefOf("records", recordId, kept);
  };
  return (
    <DataTable
      name="records-found" label={t("records.found")} columns={useColumns()} keyOf={(one) => `${one.record.record_id} ${one.entry.seq}`} load={load} filters={<RecordFilters />}
      place={{ href, open: null }} empty={{ title: t("records.noneTitle"), text: t("records.noneText") }} emptySoFar={{ title: t("records.noneSoFarTitle"), text: t("records.noneSoFarText") }}
    />
  );
}

function useColumns(): readonly Column<Row>[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    const who = (one: Row): string => one.entry.sender_name || (one.entry.sender ? shortId(one.entry.sender) : "");
    return [
      { id: "text", label: t("records.column.text"), cell: (one) => <span className="record-hit">{one.entry.text}</span>, text: (one) => one.entry.text ?? "" },
      { id: "who", label: t("records.column.said"), cell: who, text: who },
      { id: "when", label: t("records.column.when"), cell: (one) => <Ago ts={one.entry.ts} />, text: (one) => stamp(one.entry.ts) },
      { id: "kind", label: t("records.column.kind"), cell: (one) => t(`records.kind.${one.record.kind}`), text: (one) => t(`records.kind.${one.record.kind}`) },
      { id: "program", label: t("records.column.program"), cell: (one) => (one.record.program === "roomkeeper" ? t("records.here") : one.record.program), text: (one) => one.record.program },
      { id: "record_id", label: t("records.column.record_id"), cell: (one) => one.record.record_id, text: (one) => one.record.record_id, isExtra: true },
      { id: "seq", label: t("records.column.seq"), cell: (one) => one.entry.seq, text: (one) => String(one.entry.seq), isExtra: true },
    ];
  }, [t, i18n.language]);
}
