import { Select, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { departmentOptions, useDepartments } from "../departments";
import type { Department } from "../types";

export type DepartmentValue = Pick<Department, "name" | "parent_id" | "external_id">;

type Props = { value: DepartmentValue; onChange: (value: DepartmentValue) => void; own?: string };

/** What a department is called, and under which it lies; `own` cannot lie under itself. */
export function DepartmentFields({ value, onChange, own }: Props) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const options = useMemo(() => {
    const below = own === undefined ? new Set<string>() : underOf(departments, own);
    return departmentOptions(departments).filter((option) => !below.has(option.value));
  }, [departments, own]);
  return (
    <>
      <TextInput data-autofocus size="md" required label={t("console.name")} maxLength={200} value={value.name} onChange={(event) => onChange({ ...value, name: event.currentTarget.value })} />
      <Select
        size="md" label={t("console.departments.parent")} placeholder={t("console.departments.top")} searchable clearable clearButtonProps={{ "aria-label": t("console.clear") }} data={options} value={value.parent_id}
        onChange={(parent) => onChange({ ...value, parent_id: parent })}
      />
      <TextInput size="md" label={t("console.people.externalId")} description={t("console.departments.externalHint")} maxLength={200} value={value.external_id ?? ""} onChange={(event) => onChange({ ...value, external_id: event.currentTarget.value.trim() || null })} />
    </>
  );
}

/** A department with all under it. */
function underOf(departments: readonly Department[], id: string): Set<string> {
  const found = new Set([id]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const one of departments) if (one.parent_id !== null && found.has(one.parent_id)) found.add(one.department_id);
  }
  return found;
}
