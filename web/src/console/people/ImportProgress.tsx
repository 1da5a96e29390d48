import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { call, request } from "../../api";
import { reloadDepartments } from "../departments";
import { useFollowed } from "../follow";
import { useLoad } from "../load";
import { ActionFailed, useAction } from "../parts/action";
import { Broken } from "../parts/Broken";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { changeQuery } from "../route";
import { keepFile } from "../table/csv";
import { type ImportRecord, isOver, type Job } from "./imports";
import { CountsLine } from "./ImportPreview";

/** The job of a file, live; it goes on when one leaves. */
export function ImportProgress({ record, jobId, onChanged }: { record: ImportRecord; jobId: string; onChanged: () => void }) {
  const { t } = useTranslation();
  const { value: job, error } = useFollowed<Job>(`/jobs/${encodeURIComponent(jobId)}`, itself, () => { void reloadDepartments(); onChanged(); });
  const action = useAction("import_cancel");
  if (job === null) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={() => window.location.reload()} />;
  const { done, total } = job.progress;
  return (
    <Stack>
      {!isOver(job) && (
        <div role="status">
          <Text fz="sm">{t("console.import.underWay", { done: done.toLocaleString(), total: total?.toLocaleString() ?? "?" })}</Text>
          <Progress mt={8} size="lg" animated value={total ? (100 * done) / total : 0} aria-label={t("console.people.import")} />
          <Text mt={8} fz="sm" c="dimmed">{t("console.import.leave")}</Text>
        </div>
      )}
      {isOver(job) && <Done record={record} job={job} />}
      <ActionFailed error={action.error} />
      <Group>
        {!isOver(job) && <Button variant="default" h={44} loading={action.isBusy} onClick={() => void action.run(async () => void (await call("POST", `/jobs/${jobId}/cancel`)))}>{t("console.import.cancel")}</Button>}
        {isOver(job) && <Button variant="default" h={44} onClick={() => changeQuery({ import: null })}>{t("console.import.other")}</Button>}
      </Group>
    </Stack>
  );
}

function itself(job: Job): Job {
  return job;
}

function Done({ record, job }: { record: ImportRecord; job: Job }) {
  const { t } = useTranslation();
  const path = `/imports/${encodeURIComponent(record.import_id)}`;
  const { value: now, error, reload } = useLoad((signal) => call<ImportRecord>("GET", path, { signal }), [job.version]);
  const isGood = job.state === "succeeded";
  const keepErrors = async (): Promise<void> => {
    const answer = await request("GET", `/_roomkeeper/v1${path}/errors`);
    keepFile([await answer.blob()], "import-errors.csv", "text/csv");
  };
  return (
    <>
      <Alert role="status" color={isGood ? "green" : "red"} variant="light" icon={isGood ? <IconCheck /> : <IconX />} title={t(`console.import.ended.${job.state}`)}>{isGood ? null : job.message}</Alert>
      {now === undefined && error !== null && <Broken error={error} onRetry={reload} />}
      {now !== undefined && <CountsLine counts={now.counts} />}
      {now !== undefined && now.counts.failed > 0 && <Button variant="light" h={44} onClick={() => void keepErrors()}>{t("console.import.errors", { count: now.counts.failed })}</Button>}
    </>
  );
}
