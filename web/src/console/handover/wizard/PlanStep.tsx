import { Button, NumberInput, Paper, Select, Stack, Switch, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { PersonPicker } from "../../parts/PersonPicker";
import type { Rule } from "../types";
import { CustomerChoices } from "./CustomerChoices";
import { useDraft } from "./draft";
import { Grouped } from "./Grouped";
import { RuleEditor } from "./RuleEditor";
import { usePreview } from "./usePreview";

const HOUR_MS = 3_600_000;
const MOST_RULES = 100;

/** Who takes over whom: conflicts and groups first, then rules, limits, and the choices for single customers. */
export function PlanStep({ name }: { name: string }) {
  const { t } = useTranslation();
  const [draft, , setPlan] = useDraft();
  const preview = usePreview(draft);
  const rules = draft.plan.rules ?? [];
  const change = (next: readonly Rule[]): void => setPlan({ rules: next });
  const move = (index: number, step: number): void => {
    const next = [...rules];
    const [rule] = next.splice(index, 1);
    if (rule !== undefined) next.splice(index + step, 0, rule);
    change(next);
  };
  return (
    <Stack gap="lg">
      <Grouped preview={preview} />
      <Stack>
        <Title order={3} fz="md">{t("handover.plan.rules")}</Title>
        <Text fz="sm" c="dimmed">{t(rules.length === 0 ? "handover.plan.default" : "handover.plan.rulesText", { name })}</Text>
        <ol className="rules">
          {rules.map((rule, index) => (
            <li key={index}>
              <RuleEditor
                rule={rule} number={index + 1} isLast={index === rules.length - 1} onMove={(step) => move(index, step)} onRemove={() => change(rules.filter((_, at) => at !== index))}
                onChange={(next) => change(rules.map((one, at) => (at === index ? next : one)))}
              />
            </li>
          ))}
        </ol>
        <div><Button variant="default" h={44} disabled={rules.length >= MOST_RULES} leftSection={<IconPlus size={18} />} onClick={() => change([...rules, { by: "least_loaded" }])}>{t("handover.plan.addRule")}</Button></div>
      </Stack>
      <Limits />
      <Stack>
        <Title order={3} fz="md">{t("handover.plan.customers")}</Title>
        <CustomerChoices />
      </Stack>
    </Stack>
  );
}

function Limits() {
  const { t } = useTranslation();
  const [draft, , setPlan] = useDraft();
  const { plan, kind } = draft;
  const isInPlace = plan.mode === "in_place";
  return (
    <Paper component="section" withBorder p="lg" aria-label={t("handover.plan.limits")}>
      <Stack>
        <Title order={3} fz="md">{t("handover.plan.limits")}</Title>
        <div className="two">
          <NumberInput size="md" label={t("handover.plan.limit")} description={t("handover.plan.limitText")} min={1} max={1_000_000} allowDecimal={false} value={plan.limit ?? ""} onChange={(value) => setPlan({ limit: value === "" ? null : Number(value) })} />
          <Select size="md" label={t("handover.plan.atLimit")} description={t("handover.plan.atLimitText")} allowDeselect={false} data={(["queue", "wait"] as const).map((value) => ({ value, label: t(`handover.plan.at.${value}`) }))} value={plan.at_limit ?? "queue"} onChange={(value) => setPlan({ at_limit: value === "wait" ? "wait" : "queue" })} />
          <NumberInput
            size="md" label={t("handover.plan.takeOver")} description={t("handover.plan.takeOverText")} min={0} max={8760} disabled={isInPlace}
            value={typeof plan.take_over_after_ms === "number" ? plan.take_over_after_ms / HOUR_MS : ""} onChange={(value) => setPlan({ take_over_after_ms: value === "" ? null : Math.round(Number(value) * HOUR_MS) })}
          />
          {kind === "departure" && <PersonPicker label={t("handover.plan.groups")} description={t("handover.plan.groupsText")} kind="staff" value={plan.groups_to ?? null} onChange={(groups_to) => setPlan({ groups_to })} />}
        </div>
        <Switch size="md" label={t("handover.plan.inPlace")} description={t("handover.plan.inPlaceText")} checked={isInPlace} onChange={(event) => setPlan({ mode: event.currentTarget.checked ? "in_place" : "offer" })} />
      </Stack>
    </Paper>
  );
}
