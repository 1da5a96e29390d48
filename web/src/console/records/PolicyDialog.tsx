import { Alert, NumberInput, Select, Stack, Switch } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { departmentOptions, useDepartments } from "../departments";
import { useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";
import type { Policy } from "./types";

const MOST_DAYS = 36_500;
type Props = { policy: Policy; isNew: boolean; taken: readonly Policy[]; onDone: () => void; onClose: () => void };

export function PolicyDialog({ policy, isNew, taken, onDone, onClose }: Props) {
  const { t } = useTranslation();
  const action = useAction("records_policy");
  const { departments } = useDepartments();
  const [draft, setDraft] = useState(policy);
  const set = (changes: Partial<Policy>): void => setDraft((before) => ({ ...before, ...changes }));
  const isTaken = isNew && taken.some((one) => one.department_id === draft.department_id && one.kind === draft.kind);
  const save = async (): Promise<void> => {
    if (await action.run(async () => void (await call("PUT", "/records/policies", { body: draft })))) { onDone(); onClose(); }
  };
  const pick = <Name extends "kind" | "consent" | "on_refusal">(name: Name, label: string, values: readonly Policy[Name][], words: string) => (
    <Select size="md" label={label} allowDeselect={false} value={draft[name]} data={values.map((value) => ({ value, label: t(`records.policy.${words}.${value}`) }))} onChange={(value) => value && set({ [name]: value } as Partial<Policy>)} />
  );
  const flag = (name: "record" | "until_answer" | "reason_required" | "supervisors" | "keep_erased_accounts", label: string) => (
    <Switch label={label} checked={draft[name]} onChange={(event) => set({ [name]: event.currentTarget.checked })} />
  );
  return (
    <Confirm opened title={t(isNew ? "records.policy.add" : "records.policy.change")} label={t("records.policy.save")} action={action} onConfirm={() => void save()} onClose={onClose}>
      <Stack>
        {isNew && (
          <>
            <Select size="md" searchable label={t("console.department")} placeholder={t("records.policy.everywhere")} data={departmentOptions(departments)} value={draft.department_id || null} clearable clearButtonProps={{ "aria-label": t("records.policy.everywhere") }} onChange={(value) => set({ department_id: value ?? "" })} />
            {pick("kind", t("records.policy.kind"), ["session", "room"], "kinds")}
          </>
        )}
        {isTaken && <Alert color="orange" variant="light">{t("records.policy.taken")}</Alert>}
        {flag("record", t("records.policy.record"))}
        {draft.record && (
          <>
            {pick("consent", t("records.policy.consent"), ["none", "tell", "ask"], "consents")}
            {draft.consent === "ask" && flag("until_answer", t("records.policy.before"))}
            {draft.consent === "ask" && pick("on_refusal", t("records.policy.refusal"), ["stop", "continue", "close"], "refusals")}
            <NumberInput size="md" label={t("records.policy.keptDays")} description={t("records.policy.keptText")} min={0} max={MOST_DAYS} allowDecimal={false} value={draft.retention_days} onChange={(value) => set({ retention_days: Math.min(MOST_DAYS, Math.max(0, Number(value) || 0)) })} />
            {flag("supervisors", t("records.policy.supervisors"))}
            {flag("reason_required", t("records.policy.reason"))}
            {flag("keep_erased_accounts", t("records.policy.accounts"))}
          </>
        )}
      </Stack>
    </Confirm>
  );
}
