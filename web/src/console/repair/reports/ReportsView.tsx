import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { namesOf } from "../../names";
import { Ago, stamp } from "../../parts/Ago";
import { PageDrawer } from "../../parts/PageDrawer";
import { useRoute } from "../../route";
import { DataTable } from "../../table/DataTable";
import { SelectFilter } from "../../table/Filters";
import type { Column, Load } from "../../table/types";
import { ReportDrawer } from "./ReportDrawer";
import { StateBadge } from "./StateBadge";
import { type DeskReport, type ReportsPage, STATES } from "./types";

type Row = DeskReport & { about: string };
const SOURCES = ["form", "chat", "api", "rageshake"] as const;
const QUEUE = "queue";

/** All reports of trouble; those that people must look at, with one choice; one of them in the drawer. */
export default function ReportsView() {
  const { t } = useTranslation();
  const { query, subject } = useRoute();
  const [version, setVersion] = useState(0);
  const load: Load<Row> = async ({ from, limit, signal }) => {
    const state = query.get("state");
    const wanted = { ...(state === QUEUE ? { queue: true } : { state }), source: query.get("source"), kind: query.get("kind"), incident: query.get("incident") };
    const page = await call<ReportsPage>("GET", "/repair/desk/reports", { query: { ...wanted, from, limit }, signal });
    const name = await namesOf(page.reports.map((one) => one.user_id).filter(Boolean), signal);
    return { rows: page.reports.map((one) => ({ ...one, about: one.user_id ? name(one.user_id) : "" })), next: page.next_batch ?? null };
  };
  return (
    <>
      <DataTable
        name="repair-reports" label={t("repairDesk.view.reports")} columns={useColumns()} keyOf={(one) => one.report_id} load={load} version={version}
        filters={
          <>
            <SelectFilter name="state" label={t("repairDesk.report.state")} options={[{ value: QUEUE, label: t("repairDesk.report.queue") }, ...STATES.map((value) => ({ value, label: t(`repairDesk.state.${value}`) }))]} />
            <SelectFilter name="source" label={t("repairDesk.report.source")} options={SOURCES.map((value) => ({ value, label: t(`repairDesk.source.${value}`) }))} />
          </>
        }
        empty={{ title: t("repairDesk.report.emptyTitle"), text: t("repairDesk.report.emptyText") }}
      />
      <PageDrawer opened={subject !== null} title={t("repairDesk.report.one")} size={820}>{subject !== null && <ReportDrawer key={subject} reportId={subject} onChanged={() => setVersion((before) => before + 1)} />}</PageDrawer>
    </>
  );
}

function useColumns(): readonly Column<Row>[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    const text = (id: string, of: (one: Row) => string, isExtra = false): Column<Row> => ({ id, label: t(`repairDesk.report.${id}`), cell: of, text: of, isExtra });
    return [
      text("text", (one) => one.text || t("repairDesk.report.wordless")),
      text("kind", (one) => one.kind ?? ""),
      { id: "state", label: t("repairDesk.report.state"), cell: (one) => <StateBadge state={one.state} />, text: (one) => one.state ?? "new" },
      text("why", (one) => (one.why ? t(`repairDesk.why.${one.why}`) : "")),
      text("about", (one) => one.about),
      text("source", (one) => t(`repairDesk.source.${one.source}`)),
      { id: "made", label: t("repairDesk.report.made"), cell: (one) => <Ago ts={one.created_ts} />, text: (one) => stamp(one.created_ts) },
      text("deviation", (one) => one.deviation ?? "", true),
      text("operation", (one) => one.operation_id ?? "", true),
      text("report_id", (one) => one.report_id, true),
    ];
  }, [t, i18n.language]);
}
