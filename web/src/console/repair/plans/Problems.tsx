import { useTranslation } from "react-i18next";
import type { Problem } from "../types";

/** What the lint says of a plan: errors keep it from being stored, warnings do not. */
export function Problems({ problems }: { problems: readonly Problem[] }) {
  const { t } = useTranslation();
  if (problems.length === 0) return null;
  return (
    <ul className="findings" aria-label={t("repairDesk.plan.problems")}>
      {problems.map((one, place) => (
        <li key={place} className="plan-problem" data-severity={one.severity}><strong>{t(`repairDesk.plan.${one.severity}`)}{one.point && ` · ${one.point}`}</strong><br />{one.text}</li>
      ))}
    </ul>
  );
}
