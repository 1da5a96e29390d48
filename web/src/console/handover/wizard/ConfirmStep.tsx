import { Button, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { exact } from "../../../times";
import { ActionFailed, useAction } from "../../parts/action";
import { Facts } from "../../parts/Facts";
import { go, hrefOf } from "../../route";
import type { Departure } from "../types";
import { bodyOf, effectiveTs, forgetDraft, useDraft } from "./draft";
import { usePreview } from "./usePreview";

/** Says what will happen, and lets it happen. For a departure now the name is typed. */
export function ConfirmStep({ name }: { name: string }) {
  const { t } = useTranslation();
  const [draft] = useDraft();
  const [typed, setTyped] = useState("");
  const { value } = usePreview(draft);
  const action = useAction(draft.changes === null ? "departure_record" : "departure_change");
  const ts = effectiveTs(draft);
  const isNow = ts === null;
  const mustType = isNow && draft.kind === "departure";
  const verb = draft.changes !== null ? (isNow ? "begin" : "change") : isNow ? draft.kind : "plan";
  const run = (): void =>
    void action.run(async () => {
      const made = draft.changes === null ? await call<Departure>("POST", "/departures", { body: bodyOf(draft) }) : await changed(draft.changes, ts);
      forgetDraft();
      go("handover", made.departure_id);
    });
  const changed = async (id: string, at: number | null): Promise<Departure> => {
    const path = `/departures/${encodeURIComponent(id)}`;
    const answer = await call<Departure>("PATCH", path, { body: { plan: bodyOf(draft).plan, ...(at === null ? {} : { effective_ts: at }) } });
    return at === null ? call<Departure>("POST", `${path}/begin`) : answer;
  };
  return (
    <Stack gap="lg">
      <Facts
        facts={[
          [t("handover.who"), name],
          [t("handover.column.kind"), t(`handover.kind.${draft.kind}`)],
          [t("handover.column.effective"), isNow ? t("handover.when.now") : `${exact(ts)} (${Intl.DateTimeFormat().resolvedOptions().timeZone})`],
          [t("console.reason"), draft.reason],
          [t("handover.column.customers"), value ? t("handover.confirm.customers", { count: value.customers, successors: value.shares.length }) : ""],
          [t("handover.column.nobody"), value && value.nobody > 0 ? <b className="bad">{value.nobody}</b> : ""],
        ]}
      />
      <div>
        <Text fw={600}>{t("console.people.happens")}</Text>
        <List spacing="xs" mt="xs">
          {draft.kind === "departure" ? (
            <>
              <List.Item>{t(isNow ? "handover.confirm.locked" : "handover.confirm.lockedThen", { name })}</List.Item>
              <List.Item>{t("handover.confirm.refused", { name })}</List.Item>
            </>
          ) : <List.Item>{t("handover.confirm.transfer", { name })}</List.Item>}
          <List.Item>{t(`handover.confirm.${draft.plan.mode === "in_place" ? "inPlace" : "asked"}`, { name })}</List.Item>
          {draft.kind === "departure" && <List.Item>{t("handover.confirm.rooms")}</List.Item>}
          <List.Item>{t(isNow ? "handover.confirm.undo" : "handover.confirm.cancel")}</List.Item>
        </List>
      </div>
      {mustType && (
        <div className="narrow"><TextInput size="md" label={t("handover.confirm.type", { name })} value={typed} autoComplete="off" onChange={(event) => setTyped(event.currentTarget.value)} /></div>
      )}
      <ActionFailed error={action.error} />
      <Group>
        <Button component="a" variant="default" h={44} href={hrefOf("handover", "new", { step: "check" })}>{t("handover.wizard.back")}</Button>
        <Button h={44} loading={action.isBusy} disabled={mustType && typed.trim() !== name.trim()} {...(mustType ? { color: "red.8" } : {})} onClick={run}>{t(`handover.confirm.go.${verb}`, { name })}</Button>
      </Group>
    </Stack>
  );
}
