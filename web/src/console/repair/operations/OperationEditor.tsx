import { Button, Checkbox, Code, Group, JsonInput, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLoad } from "../../load";
import { ActionFailed, useAction } from "../../parts/action";
import type { NewOperation, Operation, Step } from "../reports/types";
import { KIND } from "../useKinds";

type Remedy = { name: string; summary: string; parameters: string[]; required: string[]; is_dangerous: boolean };
type DryStep = { number: number; do: string; needed?: boolean | null; says?: string; error?: string; found?: Record<string, unknown> };
const TEMPLATE: Step[] = [{ do: "remedy", name: "accounts.let_in", parameters: { user_id: "{user_id}" } }];

/** Write an operation, try it on a report without doing anything, store it: reports that wait for it are run at once. */
export function OperationEditor({ operation, onClose }: { operation: Operation | null; onClose: (isChanged: boolean) => void }) {
  const { t } = useTranslation();
  const action = useAction("repair_operation_save");
  const [kind, setKind] = useState(operation?.kind ?? "");
  const [title, setTitle] = useState(operation?.title ?? "");
  const [titleZh, setTitleZh] = useState(operation?.title_zh ?? "");
  const [words, setWords] = useState((operation?.words?.en ?? []).join("\n"));
  const [wordsZh, setWordsZh] = useState((operation?.words?.zh ?? []).join("\n"));
  const [steps, setSteps] = useState(JSON.stringify(operation?.steps ?? TEMPLATE, null, 2));
  const [isDangerous, setDangerous] = useState(operation?.is_dangerous ?? false);
  const [tried, setTried] = useState<DryStep[] | null>(null);
  const [reportId, setReportId] = useState("");
  const remedies = useLoad(async (signal) => (await call<{ remedies: Remedy[] }>("GET", "/repair/remedies", { signal })).remedies, []);
  const parsed = stepsOf(steps);
  const wanted = (): NewOperation => ({
    kind, title, title_zh: titleZh, steps: parsed ?? [], words: { en: lines(words), zh: lines(wordsZh) }, is_dangerous: isDangerous,
    conditions: operation?.conditions ?? [], priority: operation?.priority ?? 100, is_enabled: operation?.is_enabled ?? true, owner: operation?.owner ?? "", note: operation?.note ?? "",
  });
  const isWhole = KIND.test(kind) && title.trim() !== "" && parsed !== null;
  const save = (): void => void action.run(async () => {
    if (operation === null) await call("POST", "/repair/operations", { body: wanted() });
    else await call("PUT", `/repair/operations/${encodeURIComponent(operation.operation_id)}`, { body: { version: operation.version, operation: wanted() } });
  }).then((isDone) => isDone && onClose(true));
  const dryRun = (): void => void action.run(async () => setTried((await call<{ steps: DryStep[] }>("POST", "/repair/dry-run", { body: { report_id: reportId.trim(), operation: wanted() } })).steps));
  return (
    <Modal opened onClose={() => onClose(false)} size="xl" title={t(operation === null ? "repairDesk.operation.make" : "repairDesk.operation.changeOf", { title: operation?.title })} closeButtonProps={{ "aria-label": t("close"), size: 44 }}>
      <Stack>
        <Group grow align="flex-start">
          <TextInput size="md" required label={t("repairDesk.report.kind")} description={t("repairDesk.act.kindText")} value={kind} disabled={operation !== null} onChange={(event) => setKind(event.currentTarget.value)} />
          <TextInput size="md" required label={t("repairDesk.operation.title")} description={t("repairDesk.operation.titleText")} value={title} onChange={(event) => setTitle(event.currentTarget.value)} />
          <TextInput size="md" label={t("repairDesk.operation.titleZh")} description={t("repairDesk.operation.titleText")} value={titleZh} onChange={(event) => setTitleZh(event.currentTarget.value)} />
        </Group>
        <Group grow align="flex-start">
          <Textarea size="md" label={t("repairDesk.operation.words")} description={t("repairDesk.operation.wordsText")} autosize minRows={2} maxRows={8} value={words} onChange={(event) => setWords(event.currentTarget.value)} />
          <Textarea size="md" label={t("repairDesk.operation.wordsZh")} description={t("repairDesk.operation.wordsText")} autosize minRows={2} maxRows={8} value={wordsZh} onChange={(event) => setWordsZh(event.currentTarget.value)} />
        </Group>
        <JsonInput size="md" required label={t("repairDesk.operation.steps")} description={t("repairDesk.operation.stepsText")} error={parsed === null && t("repairDesk.operation.noJson")} formatOnBlur autosize minRows={6} maxRows={20} value={steps} onChange={setSteps} />
        <details className="chart-table">
          <summary>{t("repairDesk.operation.remedies")}</summary>
          <ul className="findings">{remedies.value?.map((one) => <li key={one.name}><code>{one.name}</code> ({one.parameters.join(", ")})<small>{one.summary}</small></li>)}</ul>
        </details>
        <Checkbox label={t("repairDesk.operation.isDangerous")} checked={isDangerous} onChange={(event) => setDangerous(event.currentTarget.checked)} />
        <Group align="flex-end" gap="xs">
          <TextInput size="md" label={t("repairDesk.operation.tryOn")} value={reportId} onChange={(event) => setReportId(event.currentTarget.value)} />
          <Button h={44} variant="default" disabled={!isWhole || reportId.trim() === "" || action.isBusy} onClick={dryRun}>{t("repairDesk.operation.try")}</Button>
        </Group>
        {tried !== null && (
          <ol className="findings" aria-label={t("repairDesk.operation.tried")}>
            {tried.map((one) => (
              <li key={one.number}>
                <code>{one.says || one.do}</code> · {one.error ?? t(`repairDesk.operation.needed.${String(one.needed ?? null)}`)}
                {one.found && <Code block>{JSON.stringify(one.found, null, 1)}</Code>}
              </li>
            ))}
          </ol>
        )}
        <ActionFailed error={action.error} />
        <Text fz="xs" c="dimmed">{t("repairDesk.operation.saveText")}</Text>
        <Group justify="flex-end">
          <Button h={44} variant="default" onClick={() => onClose(false)}>{t("console.cancel")}</Button>
          <Button h={44} loading={action.isBusy} disabled={!isWhole} onClick={save}>{t("repairDesk.operation.save")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function stepsOf(text: string): Step[] | null {
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) && found.length > 0 ? (found as Step[]) : null;
  } catch {
    return null;
  }
}

function lines(text: string): string[] {
  return text.split("\n").map((one) => one.trim()).filter(Boolean);
}
