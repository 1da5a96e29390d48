import { Badge, Progress, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Job } from "../types";
import { duration, number } from "../units";

const COLOURS = { queued: "gray", running: "accent", paused: "yellow", succeeded: "green", failed: "red", cancelled: "gray" } as const;

export function JobMark({ job }: { job: Job }) {
  const { t } = useTranslation();
  return <Badge variant="outline" className="state" data-job={job.state}>{t(`operations.jobState.${job.state}`)}</Badge>;
}

/** What a job is called. */
export function useJobName(): (job: Pick<Job, "name">) => string {
  const { t } = useTranslation();
  return (job) => t(`operations.jobName.${job.name.replace(".", "_")}`, { defaultValue: job.name });
}

/** How far a job is: a bar, numbers, and how long it may still take. */
export function JobProgress({ job, label }: { job: Job; label: string }) {
  const { t } = useTranslation();
  const { done, total, unit } = job.progress;
  const share = total ? Math.min((done / total) * 100, 100) : job.state === "succeeded" ? 100 : 0;
  const units = t(`operations.jobUnit.${unit.replaceAll(" ", "_")}`, { defaultValue: unit });
  const numbers = total === null ? t("operations.jobs.done", { done: number(done), units }) : t("operations.jobs.doneOf", { done: number(done), total: number(total), units });
  return (
    <div className="job-progress">
      <Progress.Root size={8}>
        <Progress.Section value={share} color={COLOURS[job.state]} aria-label={label} animated={job.state === "running"} />
      </Progress.Root>
      <Text fz="xs" c="dimmed">
        {numbers}
        {job.remaining_ms !== null && ` · ${t("operations.jobs.left", { time: duration(job.remaining_ms, t) })}`}
      </Text>
    </div>
  );
}
