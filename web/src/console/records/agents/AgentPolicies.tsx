import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { pathOf, useDepartments } from "../../departments";
import { useLoad } from "../../load";
import { bytes, number } from "../../operations/units";
import { useAction } from "../../parts/action";
import { Broken } from "../../parts/Broken";
import { Confirm } from "../../parts/Confirm";
import { Facts } from "../../parts/Facts";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { AgentPolicyDialog } from "./AgentPolicyDialog";
import type { AgentPolicy } from "./types";

const MIB = 1024 ** 2;
/** As the server has it where nothing is said: nothing is recorded. */
const NEW: AgentPolicy = { department_id: "", programs: [], others: "never", may_pause: true, screenshots: false, keep_hours: 24, most_spool_mb: 1024 };

/** What agents record of which program, in each department. */
export function AgentPolicies() {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<{ policy: AgentPolicy; isNew: boolean } | null>(null);
  const [removed, setRemoved] = useState<AgentPolicy | null>(null);
  const { value, error, reload } = useLoad((signal) => call<{ policies: AgentPolicy[] }>("GET", "/records/agents/policies", { signal }), []);
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  return (
    <Stack>
      <Group justify="space-between">
        <Text fz="sm" c="dimmed" maw={640}>{t("agents.policy.text")}</Text>
        <Button h={44} leftSection={<IconPlus size={18} />} onClick={() => setEdited({ policy: NEW, isNew: true })}>{t("records.policy.add")}</Button>
      </Group>
      <ul className="rules record-policies">
        {value.policies.map((policy) => (
          <li key={policy.department_id}>
            <Card policy={policy} onEdit={() => setEdited({ policy, isNew: false })} onRemove={policy.department_id ? () => setRemoved(policy) : null} />
          </li>
        ))}
      </ul>
      {edited !== null && <AgentPolicyDialog policy={edited.policy} isNew={edited.isNew} taken={value.policies} onDone={reload} onClose={() => setEdited(null)} />}
      {removed !== null && <Remove policy={removed} onDone={reload} onClose={() => setRemoved(null)} />}
    </Stack>
  );
}

function Card({ policy, onEdit, onRemove }: { policy: AgentPolicy; onEdit: () => void; onRemove: (() => void) | null }) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const yes = (is: boolean): string => t(is ? "records.policy.yes" : "records.policy.no");
  const recorded = [...policy.programs, { program: "", record: policy.others }];
  const facts: [string, string][] = recorded.map((one) => [one.program || t(policy.programs.length > 0 ? "agents.policy.others" : "agents.policy.all"), t(`agents.rule.${one.record}`)]);
  if (recorded.some((one) => one.record !== "never")) {
    facts.push(
      [t("agents.policy.pause"), yes(policy.may_pause)],
      [t("agents.policy.screenshots"), yes(policy.screenshots)],
      [t("agents.policy.keep"), recorded.some((one) => one.record === "on_request") ? t("agents.policy.hours", { count: policy.keep_hours, all: number(policy.keep_hours) }) : ""],
      [t("agents.policy.quota"), bytes(policy.most_spool_mb * MIB)],
    );
  }
  return (
    <Paper withBorder p="lg">
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="sm">
        <Title order={2} fz="md">{policy.department_id ? pathOf(departments, policy.department_id) : t("records.policy.everywhere")}</Title>
        <Group gap="sm" className="record-policy-do">
          <Button variant="default" h={44} onClick={onEdit}>{t("records.policy.change")}</Button>
          {onRemove && <Button variant="default" h={44} onClick={onRemove}>{t("records.policy.remove")}</Button>}
        </Group>
      </Group>
      <Facts facts={facts} />
    </Paper>
  );
}

function Remove({ policy, onDone, onClose }: { policy: AgentPolicy; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("agent_policy_remove");
  const remove = async (): Promise<void> => {
    if (await action.run(async () => void (await call("DELETE", "/records/agents/policies", { query: { department: policy.department_id } })))) { onDone(); onClose(); }
  };
  return <Confirm opened title={t("records.policy.remove")} label={t("records.policy.remove")} action={action} isDanger onConfirm={() => void remove()} onClose={onClose}>{t("records.policy.removeText")}</Confirm>;
}
