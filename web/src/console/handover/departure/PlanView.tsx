import { useTranslation } from "react-i18next";
import { Facts } from "../../parts/Facts";
import { number } from "../../operations/units";
import { useRuleWords } from "../ruleWords";
import type { Departure } from "../types";

const HOUR_MS = 3_600_000;

/** What was planned, in words. */
export function PlanView({ departure, nameOf }: { departure: Pick<Departure, "plan" | "kind">; nameOf: (userId: string) => string }) {
  const { t } = useTranslation();
  const ruleWords = useRuleWords(nameOf);
  const { plan } = departure;
  const rules = plan.rules ?? [];
  const named = Object.keys(plan.customers ?? {}).length;
  return (
    <Facts
      facts={[
        [t("handover.plan.rules"), rules.length === 0 ? t("handover.plan.defaultText") : <ol className="plan-rules">{rules.map((rule, at) => <li key={at}>{ruleWords(rule)}</li>)}</ol>],
        [t("handover.plan.named"), named === 0 ? "" : t("handover.plan.namedCount", { count: named })],
        [t("handover.plan.limit"), plan.limit ? number(plan.limit) : t("handover.plan.noLimit")],
        [t("handover.plan.atLimit"), t(`handover.plan.at.${plan.at_limit ?? "queue"}`)],
        [t("handover.plan.mode"), t(`handover.plan.modes.${plan.mode ?? "offer"}`)],
        [t("handover.plan.takeOver"), plan.mode === "in_place" ? "" : typeof plan.take_over_after_ms === "number" ? t("handover.plan.hours", { count: plan.take_over_after_ms / HOUR_MS }) : t("handover.plan.bySettings")],
        [t("handover.plan.groups"), departure.kind === "transfer" ? "" : plan.groups_to ? nameOf(plan.groups_to) : t("handover.plan.byRules")],
      ]}
    />
  );
}
