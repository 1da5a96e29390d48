import { Alert, Button, FileInput, Progress, Select, Stack, Text } from "@mantine/core";
import { IconCheck, IconFileImport } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { ActionFailed, useAction } from "../../parts/action";
import { labelWords } from "../words";

type Imported = { items: number; left_out: number; errors: { line: number; error: string }[] };

/** A list of hashes from elsewhere. */
export function KnownImport({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const [label, setLabel] = useState<string | null>(null);
  const [done, setDone] = useState<Imported | null>(null);
  const action = useAction("screening_known_import");
  const take = async (): Promise<void> => {
    setDone(null);
    await action.run(async () => {
      setDone(await call<Imported>("POST", "/screening/known/import", { query: { label }, body: file }));
      onDone();
    });
  };
  return (
    <Stack>
      <Text fz="sm">{t("screening.known.importText")}</Text>
      <FileInput size="md" label={t("screening.lists.importFile")} placeholder={t("screening.try.choose")} accept=".csv" leftSection={<IconFileImport size={20} />} clearable clearButtonProps={{ "aria-label": t("console.clear") }} value={file} onChange={(next) => { setFile(next); setDone(null); }} />
      <Select size="md" label={t("screening.known.label")} description={t("screening.known.labelHint")} clearable clearButtonProps={{ "aria-label": t("console.clear") }} data={["prohibited", "unwanted"].map((value) => ({ value, label: labelWords(value, t) }))} value={label} onChange={setLabel} />
      <ActionFailed error={action.error} />
      {action.isBusy && <Progress value={100} animated aria-label={t("screening.known.import")} />}
      {done !== null && (
        <Alert role="status" color={done.left_out > 0 ? "orange" : "green"} classNames={{ label: done.left_out > 0 ? "warn-title" : "" }} variant="light" icon={<IconCheck />} title={t("screening.lists.taken", { taken: done.items, left: done.left_out })}>
          <ul className="plain-list row-errors">{done.errors.map((one, index) => <li key={index}><b>{t("console.import.line", { line: one.line })}</b><span>{one.error}</span></li>)}</ul>
        </Alert>
      )}
      <Button h={44} disabled={file === null} loading={action.isBusy} onClick={() => void take()}>{t("screening.lists.import")}</Button>
    </Stack>
  );
}
