import { Badge, Button, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { Ago, stamp } from "../../parts/Ago";
import { PageDrawer } from "../../parts/PageDrawer";
import { openSubject, useRoute } from "../../route";
import { DataTable } from "../../table/DataTable";
import { SelectFilter } from "../../table/Filters";
import type { Column, Load } from "../../table/types";
import { Declare } from "./Declare";
import { IncidentDrawer } from "./IncidentDrawer";
import type { Incident, IncidentsPage } from "./types";

const OPEN = "open";

/** Faults that several people have: found by the server, or declared; one of them in the drawer. */
export default function IncidentsView() {
  const { t } = useTranslation();
  const { query, subject } = useRoute();
  const [version, setVersion] = useState(0);
  const [isDeclaring, setDeclaring] = useState(false);
  const changed = (): void => setVersion((before) => before + 1);
  const load: Load<Incident> = async ({ from, limit, signal }) => {
    const page = await call<IncidentsPage>("GET", "/repair/incidents", { query: { open: query.get("state") === OPEN, from, limit }, signal });
    return { rows: page.incidents, next: page.next_batch ?? null };
  };
  return (
    <>
      <Text fz="sm" c="dimmed" maw={640} mb="md">{t("repairDesk.incident.text")}</Text>
      <DataTable
        name="repair-incidents" label={t("repairDesk.view.incidents")} columns={useColumns()} keyOf={(one) => one.incident_id} load={load} version={version}
        filters={
          <>
            <SelectFilter name="state" label={t("repairDesk.report.state")} options={[{ value: OPEN, label: t("repairDesk.incident.onlyOpen") }]} />
            <Button h={44} leftSection={<IconPlus size={18} />} onClick={() => setDeclaring(true)}>{t("repairDesk.incident.declare")}</Button>
          </>
        }
        empty={{ title: t("repairDesk.incident.emptyTitle"), text: t("repairDesk.incident.emptyText") }}
      />
      {isDeclaring && <Declare onClose={() => setDeclaring(false)} onDeclared={(one) => { setDeclaring(false); changed(); openSubject(one.incident_id); }} />}
      <PageDrawer opened={subject !== null} title={t("repairDesk.incident.one")}>{subject !== null && <IncidentDrawer key={subject} incidentId={subject} onChanged={changed} />}</PageDrawer>
    </>
  );
}

/** Whether it is over, known to engineers, or found only. */
export function IncidentBadge({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const [tone, word] = incident.closed_ts ? ["ok", "over"] as const : incident.is_known ? ["warn", "known"] as const : ["danger", "found"] as const;
  return <Badge className="tone" data-tone={tone} tt="none">{t(`repairDesk.incident.${word}`)}</Badge>;
}

function useColumns(): readonly Column<Incident>[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    const text = (id: string, label: string, of: (one: Incident) => string, isExtra = false): Column<Incident> => ({ id, label, cell: of, text: of, isExtra });
    return [
      text("kind", t("repairDesk.report.kind"), (one) => one.kind),
      { id: "state", label: t("repairDesk.report.state"), cell: (one) => <IncidentBadge incident={one} />, text: (one) => (one.closed_ts ? "over" : one.is_known ? "known" : "found") },
      text("users", t("repairDesk.incident.users"), (one) => String(one.users ?? 0)),
      text("reports", t("repairDesk.view.reports"), (one) => String(one.reports ?? 0)),
      text("deviation", t("repairDesk.report.deviation"), (one) => one.deviation ?? ""),
      { id: "opened", label: t("repairDesk.incident.opened"), cell: (one) => <Ago ts={one.opened_ts} />, text: (one) => stamp(one.opened_ts) },
      { id: "last", label: t("repairDesk.incident.last"), cell: (one) => <Ago ts={one.last_ts} />, text: (one) => stamp(one.last_ts) },
      text("said", t("repairDesk.incident.said"), (one) => one.text_en ?? "", true),
      text("incident_id", t("repairDesk.report.report_id"), (one) => one.incident_id, true),
    ];
  }, [t, i18n.language]);
}
