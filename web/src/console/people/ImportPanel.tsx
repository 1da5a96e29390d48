import { Button, Checkbox, FileInput, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconFileTypeCsv } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { useLoad } from "../load";
import { ActionFailed, useAction } from "../parts/action";
import { Broken } from "../parts/Broken";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { changeQuery, useRoute } from "../route";
import type { ImportOptions, ImportRecord, Job, Preview } from "./imports";
import { ImportPreview } from "./ImportPreview";
import { ImportProgress } from "./ImportProgress";

const MOST_BYTES = 64 * 1024 * 1024;

/** People from a file: upload, look at what it would do, do it, see how far it is. The address keeps which file it is. */
export function ImportPanel({ onChanged }: { onChanged: () => void }) {
  const id = useRoute().query.get("import");
  if (id === null) return <Upload />;
  return <Uploaded key={id} id={id} onChanged={onChanged} />;
}

function Upload() {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const action = useAction("import_upload");
  const isTooLarge = file !== null && file.size > MOST_BYTES;
  const upload = (): void =>
    void action.run(async () => {
      const record = await call<ImportRecord>("POST", "/imports", { body: file });
      changeQuery({ import: record.import_id });
    });
  return (
    <Stack>
      <Text fz="sm">{t("console.import.intro")}</Text>
      <Text fz="sm" c="dimmed">{t("console.import.columns")}</Text>
      <FileInput
        size="md" label={t("console.import.file")} placeholder={t("console.import.choose")} accept=".csv,.txt,text/csv" leftSection={<IconFileTypeCsv size={20} />} clearable
        clearButtonProps={{ "aria-label": t("console.clear") }} value={file} onChange={setFile} error={isTooLarge ? t("console.import.tooLarge") : undefined}
      />
      <ActionFailed error={action.error} />
      <Button h={44} disabled={file === null || isTooLarge} loading={action.isBusy} onClick={upload}>{t("console.import.look")}</Button>
    </Stack>
  );
}

function Uploaded({ id, onChanged }: { id: string; onChanged: () => void }) {
  const path = `/imports/${encodeURIComponent(id)}`;
  const { value: record, error, reload } = useLoad((signal) => call<ImportRecord>("GET", path, { signal }), [id]);
  if (record === undefined) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />;
  if (record.job_id !== null) return <ImportProgress record={record} jobId={record.job_id} onChanged={onChanged} />;
  return <Look id={id} onStarted={reload} />;
}

/** Where no column is recognised, somebody has to say which one names people. */
function NameColumn({ onName }: { onName: (column: string) => void }) {
  const { t } = useTranslation();
  const [column, setColumn] = useState("");
  return (
    <Group align="flex-end">
      <TextInput flex={1} size="md" label={t("console.import.nameColumn")} value={column} maxLength={200} onChange={(event) => setColumn(event.currentTarget.value)} />
      <Button h={44} variant="light" disabled={column.trim() === ""} onClick={() => onName(column.trim())}>{t("console.import.look")}</Button>
    </Group>
  );
}

function Look({ id, onStarted }: { id: string; onStarted: () => void }) {
  const { t } = useTranslation();
  const [options, setOptions] = useState<ImportOptions>({ mapping: {}, create_departments: false });
  const path = `/imports/${encodeURIComponent(id)}`;
  const { value: preview, error, reload } = useLoad((signal) => call<Preview>("POST", `${path}/preview`, { body: options, signal }), [id, JSON.stringify(options)]);
  const action = useAction("import_run");
  const run = async (): Promise<void> => {
    if (await action.run(async () => void (await call<Job>("POST", `${path}/run`, { body: options })))) onStarted();
  };
  const again = <Button variant="default" h={44} onClick={() => changeQuery({ import: null })}>{t("console.import.other")}</Button>;
  if (preview === undefined) return error === null ? <RowsSkeleton /> : <Stack><Broken error={error} onRetry={reload} /><NameColumn onName={(column) => setOptions({ ...options, mapping: { [column]: "user_name" } })} />{again}</Stack>;
  const taken = preview.counts.created + preview.counts.changed;
  return (
    <Stack>
      <ImportPreview preview={preview} onMapping={(mapping) => setOptions({ ...options, mapping })} />
      <Checkbox size="md" checked={options.create_departments} label={t("console.import.makeDepartments")} onChange={(event) => setOptions({ ...options, create_departments: event.currentTarget.checked })} />
      <ActionFailed error={action.error} />
      <Button h={44} disabled={taken === 0} loading={action.isBusy} onClick={() => void run()}>{t("console.import.run", { count: taken })}</Button>
      {again}
    </Stack>
  );
}
