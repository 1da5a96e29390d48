import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { pathOf, useDepartments } from "../departments";
import { useLoad } from "../load";
import { may, useMe } from "../me";
import { useAction } from "../parts/action";
import { Broken } from "../parts/Broken";
import { Confirm } from "../parts/Confirm";
import { Facts } from "../parts/Facts";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { PolicyDialog } from "./PolicyDialog";
import { Targets } from "./Targets";
import type { Policy } from "./types";

const NEW: Policy = {
  department_id: "", kind: "session", record: true, consent: "tell", until_answer: true, on_refusal: "stop", retention_days: 0, reason_required: false, supervisors: true, keep_erased_accounts: false,
};

/** What is recorded of what, who is told or asked, for how long it is kept; and where checkpoints go. */
export default function PoliciesView() {
  const { t } = useTranslation();
  const me = useMe();
  const [edited, setEdited] = useState<{ policy: Policy; isNew: boolean } | null>(null);
  const [removed, setRemoved] = useState<Policy | null>(null);
  const { value, error, reload } = useLoad((signal) => call<{ policies: Policy[] }>("GET", "/records/policies", { signal }), []);
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  return (
    <Stack>
      <Group justify="space-between">
        <Text fz="sm" c="dimmed" maw={640}>{t("records.policy.text")}</Text>
        <Button h={44} leftSection={<IconPlus size={18} />} onClick={() => setEdited({ policy: NEW, isNew: true })}>{t("records.policy.add")}</Button>
      </Group>
      <ul className="rules record-policies">
        {value.policies.map((policy) => (
          <li key={`${policy.kind} ${policy.department_id}`}>
            <Card policy={policy} onEdit={() => setEdited({ policy, isNew: false })} onRemove={policy.department_id ? () => setRemoved(policy) : null} />
          </li>
        ))}
      </ul>
      {may(me, "records.read") && <Targets />}
      {edited !== null && <PolicyDialog policy={edited.policy} isNew={edited.isNew} taken={value.policies} onDone={reload} onClose={() => setEdited(null)} />}
      {removed !== null && <Remove policy={removed} onDone={reload} onClose={() => setRemoved(null)} />}
    </Stack>
  );
}

function Card({ policy, onEdit, onRemove }: { policy: Policy; onEdit: () => void; onRemove: (() => void) | null }) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const where = policy.department_id ? pathOf(departments, policy.department_id) : t("records.policy.everywhere");
  const yes = (is: boolean): string => t(is ? "records.policy.yes" : "records.policy.no");
  const asked = policy.consent === "ask" ? ` ${t(policy.until_answer ? "records.policy.beforeYes" : "records.policy.beforeNo")}` : "";
  const facts: [string, string][] = [
    [t("records.policy.record"), yes(policy.record)],
    ...(policy.record ? ([
      [t("records.policy.consent"), t(`records.policy.consents.${policy.consent}`) + asked],
      [t("records.policy.refusal"), policy.consent === "ask" ? t(`records.policy.refusals.${policy.on_refusal}`) : ""],
      [t("records.policy.kept"), policy.retention_days === 0 ? t("records.policy.forever") : t("records.policy.days", { count: policy.retention_days })],
      [t("records.policy.supervisors"), yes(policy.supervisors)],
      [t("records.policy.reason"), yes(policy.reason_required)],
      [t("records.policy.accounts"), yes(policy.keep_erased_accounts)],
    ] as [string, string][]) : []),
  ];
  return (
    <Paper withBorder p="lg">
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="sm">
        <Title order={2} fz="md">{where} · {t(`records.policy.kinds.${policy.kind}`)}</Title>
        <Group gap="sm" className="record-policy-do">
          <Button variant="default" h={44} onClick={onEdit}>{t("records.policy.change")}</Button>
          {onRemove && <Button variant="default" h={44} onClick={onRemove}>{t("records.policy.remove")}</Button>}
        </Group>
      </Group>
      <Facts facts={facts} />
    </Paper>
  );
}

function Remove({ policy, onDone, onClose }: { policy: Policy; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("records_policy_remove");
  const remove = async (): Promise<void> => {
    if (await action.run(async () => void (await call("DELETE", "/records/policies", { query: { department: policy.department_id, kind: policy.kind } })))) { onDone(); onClose(); }
  };
  return <Confirm opened title={t("records.policy.remove")} label={t("records.policy.remove")} action={action} isDanger onConfirm={() => void remove()} onClose={onClose}>{t("records.policy.removeText")}</Confirm>;
}
