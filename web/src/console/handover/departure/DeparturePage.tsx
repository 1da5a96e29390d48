import { Stack, Tabs, Text } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { type Loaded, useLoad } from "../../load";
import { may, useMe } from "../../me";
import { namesOf } from "../../names";
import { useNews } from "../../news";
import { isOver, useJob } from "../../operations/jobs/useJob";
import { Ago } from "../../parts/Ago";
import { Broken } from "../../parts/Broken";
import { PageSkeleton } from "../../parts/PageSkeleton";
import { go, hrefOf, useRoute } from "../../route";
import { exact } from "../../../times";
import { StateBadge } from "../marks";
import type { Report } from "../types";
import { Customers } from "./Customers";
import { Deeds } from "./Deeds";
import { OtherRooms } from "./OtherRooms";
import { PlanView } from "./PlanView";
import { Printed } from "./Printed";
import { Progress } from "./Progress";

export type NamedReport = Report & { name: string; nameOf: (userId: string) => string };
const VIEWS = ["customers", "promises", "rooms", "plan"] as const;

/** One departure as it goes on: how far it is, each customer, and what can be done. */
export function DeparturePage({ departureId }: { departureId: string }) {
  const me = useMe();
  const { query } = useRoute();
  const { version, changed } = useNews("/departures/news");
  const path = `/departures/${encodeURIComponent(departureId)}`;
  const loaded: Loaded<NamedReport> = useLoad(async (signal) => {
    const report = await call<Report>("GET", path, { signal });
    const { departure, successors } = report;
    const named = [departure.user_id, departure.created_by, departure.plan.groups_to, ...Object.keys(successors), ...(departure.plan.rules ?? []).map((rule) => rule.staff_id)];
    const nameOf = await namesOf(named.filter((one) => one?.startsWith("@")), signal);
    return { ...report, name: nameOf(departure.user_id), nameOf };
  }, [departureId, version]);
  // Another one after an undo.
  const jobId = loaded.value?.departure.job_id ?? null;
  const { job } = useJob(may(me, "jobs.read") ? jobId : null);
  const isDone = job !== undefined && isOver(job);
  const reload = loaded.reload;
  useEffect(() => { if (isDone) reload(); }, [isDone, reload]);
  const report = loaded.value;
  if (report === undefined) return loaded.error === null ? <PageSkeleton /> : <Broken error={loaded.error} onRetry={loaded.reload} />;
  if (query.get("view") === "report") return <Printed report={report} />;
  return (
    <div className="console-page">
      <Head report={report} onDone={() => { changed(); loaded.reload(); }} />
      <Progress report={report} job={job} />
      <Views report={report} version={version + (isDone ? 1 : 0)} />
    </div>
  );
}

function Head({ report, onDone }: { report: NamedReport; onDone: () => void }) {
  const { t } = useTranslation();
  const { departure, name } = report;
  const by = departure.created_by.startsWith("@") ? report.nameOf(departure.created_by) : t("handover.byServer");
  return (
    <div className="console-title">
      <div>
        <a className="ops-link" href={hrefOf("handover")}>{t("handover.all")}</a>
        <h1 className="departure-name">{t(`handover.title.${departure.kind}`, { name })} <StateBadge state={departure.state} /></h1>
        <Text fz="sm" c="dimmed">
          {t(departure.state === "planned" ? "handover.takesEffect" : "handover.tookEffect", { time: exact(departure.effective_ts) })} (<Ago ts={departure.effective_ts} />) · {t("handover.recordedBy", { name: by })}
        </Text>
        {departure.reason && <Text fz="sm">{t("handover.because", { reason: departure.reason })}</Text>}
      </div>
      <Deeds report={report} onDone={onDone} />
    </div>
  );
}

function Views({ report, version }: { report: NamedReport; version: number }) {
  const { t } = useTranslation();
  const { query } = useRoute();
  const { departure } = report;
  const asked = VIEWS.find((one) => one === query.get("view"));
  const view = asked ?? (departure.state === "planned" || departure.state === "cancelled" ? "plan" : "customers");
  return (
    <Tabs value={view} onChange={(value) => go("handover", departure.departure_id, { view: value })} keepMounted={false} className="tabs">
      <Tabs.List>
        {VIEWS.map((one) => <Tabs.Tab key={one} value={one} h={44}>{t(`handover.view.${one}`, { count: report.unanswered })}</Tabs.Tab>)}
      </Tabs.List>
      <Tabs.Panel value="customers" pt="md" className="tab-panel"><Customers report={report} version={version} /></Tabs.Panel>
      <Tabs.Panel value="promises" pt="md" className="tab-panel">
        <Stack gap="sm" mb="md"><Text fz="sm" c="dimmed">{t("handover.promises", { name: report.name, count: report.unanswered })}</Text></Stack>
        <Customers report={report} version={version} isUnanswered />
      </Tabs.Panel>
      <Tabs.Panel value="rooms" pt="md" className="tab-panel"><OtherRooms report={report} version={version} /></Tabs.Panel>
      <Tabs.Panel value="plan" pt="md"><PlanView departure={departure} nameOf={report.nameOf} /></Tabs.Panel>
    </Tabs>
  );
}
