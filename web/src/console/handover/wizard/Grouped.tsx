import { Paper, Skeleton, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Loaded } from "../../load";
import { number } from "../../operations/units";
import { Broken } from "../../parts/Broken";
import { hrefOf } from "../../route";
import { useRuleWords } from "../ruleWords";
import type { Group } from "../types";
import type { NamedPreview } from "./usePreview";

/** The customers by the rule that gives them a successor; those for whom that is a problem first. */
export function Grouped({ preview: { value, error, reload } }: { preview: Loaded<NamedPreview | null> }) {
  const { t } = useTranslation();
  const ruleWords = useRuleWords(value?.nameOf ?? ((id) => id));
  if (value === undefined) return error === null ? <Skeleton h={96} /> : <Broken error={error} onRetry={reload} />;
  if (value === null) return <Text fz="sm" c="dimmed">{t("handover.plan.incomplete")}</Text>;
  if (value.customers === 0) return <Text fz="sm">{t("handover.plan.noCustomers")}</Text>;
  const words = (group: Group): string => {
    const rule = group.rule === null ? undefined : value.rules[group.rule];
    if (rule === undefined) return t(`handover.group.${group.by}`);
    return t("handover.group.rule", { number: (group.rule ?? 0) + 1, words: ruleWords(rule) });
  };
  return (
    <Paper component="section" withBorder p="lg" aria-label={t("handover.plan.grouped")}>
      <Title order={3} fz="md" mb="xs">{t("handover.plan.grouped")}</Title>
      <ul className="groups">
        {value.nobody > 0 && <li data-bad><IconAlertTriangle size={18} aria-hidden /><a href={only("nobody")}>{t("handover.group.nobody")}</a><b>{number(value.nobody)}</b></li>}
        {value.other_language > 0 && <li data-warn><IconAlertTriangle size={18} aria-hidden /><a href={only("other_language")}>{t("handover.group.otherLanguage")}</a><b>{number(value.other_language)}</b></li>}
        {value.groups.map((group) => <li key={`${group.by}${group.rule}`}><span>{words(group)}</span><b>{number(group.customers)}</b></li>)}
      </ul>
    </Paper>
  );
}

function only(what: string): string {
  return hrefOf("handover", "new", { step: "plan", only: what });
}
