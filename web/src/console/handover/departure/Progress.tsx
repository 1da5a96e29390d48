import { Group, Paper, Progress as Bar, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { JobActions } from "../../operations/jobs/JobActions";
import { JobMark, JobProgress } from "../../operations/jobs/JobProgress";
import { isOver } from "../../operations/jobs/useJob";
import type { Job } from "../../operations/types";
import { number } from "../../operations/units";
import { hrefOf, useRoute } from "../../route";
import { StatusBadge } from "../marks";
import { type Status, STATUSES, total } from "../types";
import type { NamedReport } from "./DeparturePage";

const COLOURS: Readonly<Record<Status, string>> = {
  pending: "gray.4", waiting: "yellow.6", accepted: "green.7", taken_over: "accent.6", declined: "gray.6", at_limit: "red.6", failed: "red.8", gone: "gray.5", withdrawn: "gray.5",
};

/** How far it is: the work, and how many customers have which status; each leads to those. */
export function Progress({ report, job }: { report: NamedReport; job: Job | undefined }) {
  const { t } = useTranslation();
  const { query } = useRoute();
  const { statuses, departure } = report;
  const all = total(statuses);
  const present = STATUSES.filter((status) => (statuses[status] ?? 0) > 0);
  if (all === 0 && (job === undefined || isOver(job))) return null;
  return (
    <Paper component="section" withBorder p="lg" aria-label={t("handover.progress")}>
      {job !== undefined && !isOver(job) && (
        <Group justify="space-between" mb="md" className="departure-job" role="status">
          <Group gap="sm"><JobMark job={job} /><JobProgress job={job} label={t("handover.progress")} /></Group>
          <JobActions job={job} />
        </Group>
      )}
      {job?.state === "failed" && <Text fz="sm" c="var(--rk-danger)" mb="sm" className="wrap">{job.message}</Text>}
      {all > 0 && (
        <Bar.Root size={12} aria-hidden>
          {present.map((status) => <Bar.Section key={status} value={(100 * (statuses[status] ?? 0)) / all} color={COLOURS[status]} />)}
        </Bar.Root>
      )}
      <ul className="status-counts" aria-label={t("handover.statuses")}>
        <li><a href={hrefOf("handover", departure.departure_id, { view: "customers" })} aria-current={!query.get("status") || undefined}><b>{number(all)}</b> {t("handover.column.customers")}</a></li>
        {present.map((status) => (
          <li key={status} data-status={status}>
            <a href={hrefOf("handover", departure.departure_id, { view: "customers", status })} aria-current={query.get("status") === status || undefined}><b>{number(statuses[status] ?? 0)}</b> <StatusBadge status={status} /></a>
          </li>
        ))}
      </ul>
    </Paper>
  );
}
