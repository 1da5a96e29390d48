import { Alert, NumberInput, Select, Stack, Switch } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { departmentOptions, useDepartments } from "../../departments";
import { useAction } from "../../parts/action";
import { Confirm } from "../../parts/Confirm";
import { Programs, RuleSelect } from "./Programs";
import type { AgentPolicy, Program } from "./types";

const HOURS: readonly [number, number] = [1, 24 * 31];
const MEGABYTES: readonly [number, number] = [16, 1_048_576];
type Props = { policy: AgentPolicy; isNew: boolean; taken: readonly AgentPolicy[]; onDone: () => void; onClose: () => void };

/** What is recorded of which program; whether it may be paused; how much may wait on a desktop. */
export function AgentPolicyDialog({ policy, isNew, taken, onDone, onClose }: Props) {
  const { t } = useTranslation();
  const action = useAction("agent_policy");
  const { departments } = useDepartments();
  const [draft, setDraft] = useState(policy);
  const set = (changes: Partial<AgentPolicy>): void => setDraft((before) => ({ ...before, ...changes }));
  const programs = named(draft.programs);
  const records = [draft.others, ...programs.map((one) => one.record)];
  const isTaken = isNew && taken.some((one) => one.department_id === draft.department_id);
  const save = async (): Promise<void> => {
    if (await action.run(async () => void (await call("PUT", "/records/agents/policies", { body: { ...draft, programs } })))) { onDone(); onClose(); }
  };
  const amount = (name: "keep_hours" | "most_spool_mb", [least, most]: readonly [number, number]) => (
    <NumberInput size="md" label={t(`agents.policy.${name}`)} description={t(`agents.policy.${name}_text`)} min={least} max={most} allowDecimal={false} value={draft[name]} onChange={(value) => set({ [name]: Number(value) || least })} />
  );
  return (
    <Confirm opened title={t(isNew ? "records.policy.add" : "records.policy.change")} label={t("records.policy.save")} action={action} onConfirm={() => void save()} onClose={onClose}>
      <Stack>
        {isNew && <Select size="md" searchable label={t("console.department")} placeholder={t("records.policy.everywhere")} data={departmentOptions(departments)} value={draft.department_id || null} clearable clearButtonProps={{ "aria-label": t("records.policy.everywhere") }} onChange={(value) => set({ department_id: value ?? "" })} />}
        {isTaken && <Alert color="orange" variant="light">{t("records.policy.taken")}</Alert>}
        <Programs programs={draft.programs} onChange={(changed) => set({ programs: changed })} />
        <RuleSelect label={t(programs.length > 0 ? "agents.policy.others" : "agents.policy.all")} value={draft.others} onChange={(others) => set({ others })} />
        {records.some((one) => one !== "never") && (
          <>
            <Switch label={t("agents.policy.pause")} description={t("agents.policy.pause_text")} checked={draft.may_pause} onChange={(event) => set({ may_pause: event.currentTarget.checked })} />
            <Switch label={t("agents.policy.screenshots")} description={t("agents.policy.screenshots_text")} checked={draft.screenshots} onChange={(event) => set({ screenshots: event.currentTarget.checked })} />
            {records.includes("on_request") && amount("keep_hours", HOURS)}
            {amount("most_spool_mb", MEGABYTES)}
          </>
        )}
      </Stack>
    </Confirm>
  );
}

/** Those with a name, each once: of two that are the same, the last counts. */
function named(programs: readonly Program[]): Program[] {
  const found = programs.map((one) => ({ ...one, program: one.program.trim() })).filter((one) => one.program);
  return [...new Map(found.map((one) => [one.program, one])).values()];
}
