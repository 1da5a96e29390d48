import { Alert, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { isOver, useFollowed } from "../../follow";
import { JobMark, JobProgress } from "../../operations/jobs/JobProgress";
import type { Job } from "../../operations/types";
import { Broken } from "../../parts/Broken";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { changeQuery } from "../../route";

/** How far looking anew is, live; it goes on when one leaves. */
export function Rescreen({ jobId }: { jobId: string }) {
  const { t } = useTranslation();
  const { value: job, error } = useFollowed<Job>(`/jobs/${encodeURIComponent(jobId)}`, (one) => one, () => undefined);
  if (job === null) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={() => changeQuery({ job: null })} />;
  return (
    <Alert
      role="status" variant="light" title={t(isOver(job) ? "screening.detectors.againDone" : "screening.detectors.againRuns")}
      {...(isOver(job) ? { withCloseButton: true, onClose: () => changeQuery({ job: null }), closeButtonLabel: t("close") } : {})}
    >
      <Group><JobMark job={job} /><JobProgress job={job} label={t("screening.detectors.again")} /><span className="break">{job.message}</span></Group>
    </Alert>
  );
}
