import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { shortId } from "../../names";
import { Ago, stamp } from "../../parts/Ago";
import type { Column } from "../../table/types";
import type { Job } from "../types";
import { JobActions } from "./JobActions";
import { JobMark, JobProgress, useJobName } from "./JobProgress";

export function useJobColumns(): readonly Column<Job>[] {
  const { t, i18n } = useTranslation();
  const nameOf = useJobName();
  return useMemo<readonly Column<Job>[]>(() => {
    const progress = ({ progress: { done, total } }: Job): string => (total === null ? String(done) : `${done} / ${total}`);
    const time = (id: string, of: (job: Job) => number | null, more: Partial<Column<Job>>): Column<Job> => ({
      id, label: t(`operations.jobs.${id}`), cell: (job) => <Ago ts={of(job)} />, text: (job) => stamp(of(job)), ...more,
    });
    return [
      { id: "job", label: t("operations.jobs.job"), cell: nameOf, text: nameOf, sort: "name" },
      { id: "state", label: t("operations.jobs.state"), cell: (job) => <JobMark job={job} />, text: (job) => t(`operations.jobState.${job.state}`), sort: "state" },
      { id: "progress", label: t("operations.jobs.progress"), cell: (job) => <JobProgress job={job} label={nameOf(job)} />, text: progress },
      { id: "message", label: t("operations.jobs.message"), cell: (job) => <Message job={job} />, text: (job) => job.message },
      time("created", (job) => job.created_ts, { sort: "created" }),
      { id: "startedBy", label: t("operations.jobs.startedBy"), cell: (job) => <span title={job.started_by}>{shortId(job.started_by)}</span>, text: (job) => job.started_by },
      time("begun", (job) => job.started_ts, { isExtra: true }),
      time("ended", (job) => job.finished_ts, { isExtra: true }),
      time("changed", (job) => job.updated_ts, { isExtra: true, sort: "updated" }),
      { id: "unit", label: t("operations.jobs.unit"), cell: (job) => job.progress.unit, text: (job) => job.progress.unit, isExtra: true },
      { id: "id", label: t("operations.jobs.id"), cell: (job) => job.job_id, text: (job) => job.job_id, isExtra: true },
      { id: "actions", label: t("operations.jobs.actions"), cell: (job) => <JobActions job={job} />, text: () => "", isActions: true },
    ];
  }, [t, i18n.language]);
}

function Message({ job }: { job: Job }) {
  return <Text fz="xs" c={job.state === "failed" ? "var(--rk-danger)" : "dimmed"} className="wrap" lineClamp={2}>{job.message}</Text>;
}
