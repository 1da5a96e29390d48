import { Button, Group, Paper, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { ActionFailed, useAction } from "../../parts/action";
import type { PolicySet } from "../types";
import { Differences } from "./Differences";
import type { Draft } from "./draft";

/** What is not saved yet, and saving it with a reason. */
export function SaveBar({ set, draft, onSaved }: { set: PolicySet; draft: Draft; onSaved: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const action = useAction("screening_policies_save");
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const body = { version: set.version, policies: draft.policies, reason: reason.trim() };
    if (await action.run(async () => void (await call("PUT", "/screening/policies", { body })))) onSaved();
  };
  return (
    <Paper component="form" withBorder p="md" className="save-bar" onSubmit={(event) => void save(event)} aria-label={t("screening.policies.unsaved")}>
      <Title order={2} fz="md">{t("screening.policies.unsaved")}</Title>
      <Differences before={set.policies ?? []} after={draft.policies} />
      <TextInput size="md" mt="sm" required label={t("console.reason")} description={t("console.reasonHint")} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      <ActionFailed error={action.error} />
      <Group mt="sm" gap="sm">
        <Button type="submit" h={44} loading={action.isBusy} disabled={draft.isBehind}>{t("screening.policies.save", { version: set.version + 1 })}</Button>
        <Button variant="default" h={44} onClick={draft.drop}>{t("screening.policies.drop")}</Button>
      </Group>
    </Paper>
  );
}
