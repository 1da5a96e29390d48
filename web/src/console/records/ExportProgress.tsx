import { Button, Group, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call, request } from "../../api";
import { JobProgress } from "../operations/jobs/JobProgress";
import type { Job } from "../operations/types";
import { bytes, number } from "../operations/units";
import { ActionFailed, useAction } from "../parts/action";
import { keepFile } from "../table/csv";
import type { Export } from "./types";

type Told = { export: Export; job: Job | null };
const EVERY_MS = 700;

/** How far an export is; its file, when that is made. It goes on when one leaves. */
export function ExportProgress({ exportId }: { exportId: string }) {
  const { t } = useTranslation();
  const action = useAction("records_download");
  const [told, setTold] = useState<Told | null>(null);
  const [error, setError] = useState<unknown>(null);
  const path = `/records/exports/${encodeURIComponent(exportId)}`;
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => void call<Told>("GET", path, { signal: stop.signal }).then(
      (answer) => {
        if (stop.signal.aborted) return;
        setTold(answer);
        setError(null);
        if (answer.job !== null && ["queued", "running", "paused"].includes(answer.job.state)) timer = setTimeout(look, EVERY_MS);
      },
      (failure: unknown) => {
        if (stop.signal.aborted) return;
        setError(failure);
        timer = setTimeout(look, EVERY_MS * 5);
      },
    );
    look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path]);
  const save = (): void => void action.run(async () => {
    const blob = await (await request("GET", `/_roomkeeper/v1${path}/download`)).blob();
    keepFile([blob], `records-${exportId}.zip`, "application/zip");
  });
  const made = told?.export.size ?? null;
  return (
    <Stack gap="sm" role="status">
      {told?.job && <JobProgress job={told.job} label={t("records.export.progress")} />}
      {told?.job?.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{t("records.export.failed")} {told.job.message}</Text>}
      <ActionFailed error={error ?? action.error} />
      {made === null ? <Text fz="sm" c="dimmed">{t("records.export.leave")}</Text> : (
        <>
          <Text fz="sm">{t("records.export.made", { size: bytes(made), entries: number(told?.export.counts["entries"] ?? 0) })}</Text>
          <Group><Button h={44} loading={action.isBusy} leftSection={<IconDownload size={18} />} onClick={save}>{t("records.export.download")}</Button></Group>
          <Text fz="xs" c="dimmed" className="break">SHA-256 {told?.export.sha256}</Text>
        </>
      )}
    </Stack>
  );
}
