import { Button, Checkbox, FileInput, Group, Stack, Text } from "@mantine/core";
import { IconDownload, IconFileImport } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call, request } from "../../../api";
import { useFollowed } from "../../follow";
import { JobMark, JobProgress } from "../../operations/jobs/JobProgress";
import type { Job } from "../../operations/types";
import { ActionFailed, useAction } from "../../parts/action";
import { Broken } from "../../parts/Broken";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { changeQuery, useRoute } from "../../route";
import { keepFile } from "../../table/csv";
import type { Imported, TextList } from "../types";
import { RowErrors } from "./PatternErrors";

const MOST_BYTES = 32 * 1024 * 1024;
type Props = { list: TextList; isEditable: boolean; onChanged: () => void };

/** A list in and out as a file; the address keeps which import is under way. */
export function ListFile({ list, isEditable, onChanged }: Props) {
  const { t } = useTranslation();
  const jobId = useRoute().query.get("job");
  const action = useAction("screening_list_export");
  const path = `/screening/lists/${encodeURIComponent(list.list_id)}`;
  const give = (format: "csv" | "json"): void =>
    void action.run(async () => {
      const answer = await request("GET", `/_roomkeeper/v1${path}/export`, { query: { format } });
      keepFile([await answer.blob()], `${list.name}.${format}`, format === "csv" ? "text/csv" : "application/json");
    });
  return (
    <Stack gap="sm">
      <Group gap="sm">
        {(["csv", "json"] as const).map((format) => <Button key={format} variant="default" h={44} leftSection={<IconDownload size={18} />} onClick={() => give(format)}>{t(`screening.lists.export.${format}`)}</Button>)}
      </Group>
      <ActionFailed error={action.error} />
      {isEditable && (jobId === null ? <Upload path={path} /> : <Progress path={path} jobId={jobId} onOver={onChanged} />)}
    </Stack>
  );
}

function Upload({ path }: { path: string }) {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const [replace, setReplace] = useState(false);
  const action = useAction("screening_list_import");
  const isTooLarge = file !== null && file.size > MOST_BYTES;
  const take = (): void =>
    void action.run(async () => {
      const format = file!.name.toLowerCase().endsWith(".json") ? "json" : "csv";
      const job = await call<Job>("POST", `${path}/import`, { query: { format, replace }, body: file });
      changeQuery({ job: job.job_id });
    });
  return (
    <>
      <FileInput
        size="md" label={t("screening.lists.importFile")} description={t("screening.lists.importHint")} placeholder={t("screening.try.choose")} accept=".csv,.json,.txt" leftSection={<IconFileImport size={20} />} clearable
        clearButtonProps={{ "aria-label": t("console.clear") }} value={file} onChange={setFile} error={isTooLarge ? t("screening.lists.tooLarge") : undefined}
      />
      <Checkbox size="md" checked={replace} label={t("screening.lists.replace")} onChange={(event) => setReplace(event.currentTarget.checked)} />
      <ActionFailed error={action.error} />
      <Group><Button h={44} variant="light" disabled={file === null || isTooLarge} loading={action.isBusy} onClick={take}>{t("screening.lists.import")}</Button></Group>
    </>
  );
}

function Progress({ path, jobId, onOver }: { path: string; jobId: string; onOver: () => void }) {
  const { t } = useTranslation();
  const { value, error } = useFollowed<Imported>(`${path}/imports/${encodeURIComponent(jobId)}`, ({ job }) => job, onOver);
  const other = <Group><Button variant="default" h={44} onClick={() => changeQuery({ job: null })}>{t("console.import.other")}</Button></Group>;
  if (value === null) return error === null ? <RowsSkeleton /> : <Stack><Broken error={error} onRetry={() => window.location.reload()} />{other}</Stack>;
  const { job, report } = value;
  return (
    <Stack gap="sm">
      <div role="status" className="ops-row">
        <JobMark job={job} /><JobProgress job={job} label={t("screening.lists.import")} />
        <Text fz="sm">{t("screening.lists.taken", { taken: report.taken, left: report.left_out })}</Text>
      </div>
      {report.errors.length > 0 && <RowErrors ofFile errors={report.errors} count={report.left_out} />}
      {other}
    </Stack>
  );
}
