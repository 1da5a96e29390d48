import { Code, Drawer, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { exact } from "../../../times";
import { Broken } from "../../parts/Broken";
import { openSubject } from "../../route";
import type { Job } from "../types";
import { duration } from "../units";
import { JobActions } from "./JobActions";
import { JobMark, JobProgress, useJobName } from "./JobProgress";
import { useJob } from "./useJob";

/** One job with all that is known of it, as it goes on. */
export function JobDrawer({ jobId }: { jobId: string | null }) {
  const { t } = useTranslation();
  const nameOf = useJobName();
  const { job: shown, error } = useJob(jobId);
  return (
    <Drawer opened={jobId !== null} onClose={() => openSubject(null)} position="right" size={520} title={shown ? nameOf(shown) : t("operations.jobs.job")} closeButtonProps={{ "aria-label": t("close"), size: 44 }}>
      {shown === undefined && error !== null && <Broken error={error} onRetry={() => openSubject(jobId)} />}
      {shown && (
        <Stack>
          <div className="ops-row"><JobMark job={shown} /><JobActions job={shown} /></div>
          <JobProgress job={shown} label={nameOf(shown)} />
          {shown.message && <Text fz="sm" className="break" {...(shown.state === "failed" ? { c: "var(--rk-danger)" } : {})}>{shown.message}</Text>}
          <JobFacts job={shown} />
        </Stack>
      )}
    </Drawer>
  );
}

function JobFacts({ job }: { job: Job }) {
  const { t } = useTranslation();
  const time = (ts: number | null): string => (ts === null ? "–" : exact(ts));
  const facts: [string, string][] = [
    [t("operations.jobs.startedBy"), job.started_by],
    [t("operations.jobs.created"), time(job.created_ts)],
    [t("operations.jobs.begun"), time(job.started_ts)],
    [t("operations.jobs.ended"), time(job.finished_ts)],
    [t("operations.jobs.took"), job.started_ts === null ? "–" : duration((job.finished_ts ?? job.updated_ts) - job.started_ts, t)],
    [t("operations.jobs.id"), job.job_id],
  ];
  return (
    <>
      <dl className="ops-facts ops-facts-narrow">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="break">{value}</dd></div>)}</dl>
      <div>
        <Text fz="sm" fw={600}>{t("operations.jobs.parameters")}</Text>
        <Code block>{JSON.stringify(job.parameters, null, 2)}</Code>
      </div>
    </>
  );
}
