import { Alert, Button, FileButton, Group } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { track } from "../../../track";
import { useMe } from "../../me";
import { useDraft } from "./draft";
import { type BadLine, readChoices } from "./choicesCsv";

const MOST_BYTES = 4 * 1024 * 1024;
const SHOWN = 5;

/** Successors from a file: customer, successor. */
export function ChoicesFile() {
  const { t } = useTranslation();
  const { server_name: serverName } = useMe();
  const [draft, , setPlan] = useDraft();
  const [result, setResult] = useState<{ taken: number; bad: BadLine[] } | null>(null);
  const read = async (file: File | null): Promise<void> => {
    if (file === null) return;
    track("handover_choices_file");
    const { choices, bad } = file.size > MOST_BYTES ? { choices: {}, bad: [{ line: 0, why: "large" as const }] } : readChoices(await file.text(), serverName);
    setResult({ taken: Object.keys(choices).length, bad });
    setPlan({ customers: { ...draft.plan.customers, ...choices } });
  };
  return (
    <Group gap="sm">
      {result !== null && (
        <Alert role="status" variant="light" color={result.bad.length > 0 ? "yellow" : "green"} p="xs">
          {t("handover.file.taken", { count: result.taken })} {result.bad.slice(0, SHOWN).map(({ line, why }) => t(`handover.file.${why}`, { line })).join(" ")}
          {result.bad.length > SHOWN && ` ${t("handover.file.more", { count: result.bad.length - SHOWN })}`}
        </Alert>
      )}
      <FileButton accept=".csv,.txt,text/csv" onChange={(file) => void read(file)}>
        {(props) => <Button {...props} variant="default" h={44} leftSection={<IconFileImport size={18} />} title={t("handover.file.text")}>{t("handover.file.upload")}</Button>}
      </FileButton>
    </Group>
  );
}
