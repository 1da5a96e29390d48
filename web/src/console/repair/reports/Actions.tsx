import { Button, Checkbox, Group, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLoad } from "../../load";
import { ActionFailed, useAction } from "../../parts/action";
import { Confirm } from "../../parts/Confirm";
import { KIND } from "../useKinds";
import type { Operation, Whole } from "./types";

const RUNNABLE = ["waiting", "failed", "unverified", "approval"];

/** What an engineer can do with a report: agree, run an operation, say of what kind it is, answer, close. */
export function Actions({ whole, onChanged }: { whole: Whole; onChanged: () => void }) {
  const { t } = useTranslation();
  const { report, runs } = whole;
  const state = report.state ?? "new";
  const action = useAction("repair_report_act");
  const [isAgreeing, setAgreeing] = useState(false);
  const act = (what: string, body?: object): Promise<boolean> =>
    action.run(async () => { await call("POST", `/repair/desk/reports/${encodeURIComponent(report.report_id)}/${what}`, { body: body ?? {} }); }).then((isDone) => { if (isDone) onChanged(); return isDone; });
  return (
    <Stack gap="sm">
      <ActionFailed error={action.error} />
      {state === "approval" && <Button h={44} onClick={() => setAgreeing(true)}>{t("repairDesk.act.approve", { title: runs[0]?.operation.title })}</Button>}
      {state === "running" && <Button h={44} variant="default" loading={action.isBusy} onClick={() => void act("stop")}>{t("repairDesk.act.stop")}</Button>}
      {state !== "running" && state !== "verifying" && <Kind kind={report.kind ?? ""} isBusy={action.isBusy} onKind={(kind) => void act("kind", { kind })} />}
      {RUNNABLE.includes(state) && <RunOne kind={report.kind ?? ""} isBusy={action.isBusy} onRun={(operation_id) => void act("run", { operation_id })} />}
      <Say isBusy={action.isBusy} onSay={(text, close) => act("say", { text, close })} />
      <Confirm opened={isAgreeing} title={t("repairDesk.act.approveTitle")} label={t("repairDesk.act.agree")} action={action} onConfirm={() => void act("approve").then((isDone) => isDone && setAgreeing(false))} onClose={() => setAgreeing(false)} isDanger>
        {t("repairDesk.act.approveText", { title: runs[0]?.operation.title, user: report.user_id })}
      </Confirm>
    </Stack>
  );
}

function Kind({ kind, isBusy, onKind }: { kind: string; isBusy: boolean; onKind: (kind: string) => void }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(kind);
  return (
    <Group gap="xs" align="flex-end">
      <TextInput size="md" label={t("repairDesk.report.kind")} description={t("repairDesk.act.kindText")} value={wanted} onChange={(event) => setWanted(event.currentTarget.value)} />
      <Button h={44} variant="default" disabled={isBusy || !KIND.test(wanted)} onClick={() => onKind(wanted)}>{t("repairDesk.act.kind")}</Button>
    </Group>
  );
}

function RunOne({ kind, isBusy, onRun }: { kind: string; isBusy: boolean; onRun: (operationId: string) => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  const { value } = useLoad(async (signal) => (await call<{ operations: Operation[] }>("GET", "/repair/operations", { query: { limit: 500 }, signal })).operations, []);
  if (!value) return null;
  const sorted = [...value].sort((one, other) => Number(other.kind === kind) - Number(one.kind === kind));
  return (
    <Group gap="xs" align="flex-end">
      <Select size="md" w={360} maw="100%" label={t("repairDesk.act.operation")} value={chosen} onChange={setChosen} data={sorted.map((one) => ({ value: one.operation_id, label: `${one.title} (${one.kind})` }))} />
      <Button h={44} variant="default" disabled={isBusy || chosen === null} onClick={() => chosen !== null && onRun(chosen)}>{t("repairDesk.act.run")}</Button>
    </Group>
  );
}

function Say({ isBusy, onSay }: { isBusy: boolean; onSay: (text: string, close: boolean) => Promise<boolean> }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [close, setClose] = useState(false);
  return (
    <Stack gap="xs">
      <Textarea size="md" label={t("repairDesk.act.answer")} autosize minRows={2} maxLength={4000} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <Group gap="md">
        <Button h={44} variant="default" disabled={isBusy || text.trim() === ""} onClick={() => void onSay(text.trim(), close).then((isDone) => isDone && setText(""))}>{t("repairDesk.act.send")}</Button>
        <Checkbox label={t("repairDesk.act.close")} checked={close} onChange={(event) => setClose(event.currentTarget.checked)} />
      </Group>
    </Stack>
  );
}
