/** A rule in one sentence. */
import { useTranslation } from "react-i18next";
import { pathOf, useDepartments } from "../departments";
import type { Rule } from "./types";

export function useRuleWords(nameOf: (userId: string) => string): (rule: Rule) => string {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  return (rule) => {
    const conditions = [
      ...(rule.languages?.length ? [t("handover.rule.ifLanguage", { languages: rule.languages.join(", ") })] : []),
      ...(rule.departments?.length ? [t("handover.rule.ifDepartment", { departments: rule.departments.map((id) => pathOf(departments, id)).join(", ") })] : []),
    ];
    const target = rule.staff_id
      ? nameOf(rule.staff_id)
      : t("handover.rule.oneOf", { department: pathOf(departments, rule.department_id ?? ""), by: t(`handover.by.${rule.by ?? "least_loaded"}`, { skill: rule.skill ?? "" }) });
    return `${conditions.length > 0 ? conditions.join(t("handover.rule.and")) : t("handover.rule.all")} → ${target}`;
  };
}
