import { MultiSelect, NumberInput, TagsInput, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { departmentOptions, useDepartments } from "../departments";
import type { Person } from "../types";

/** What one can say of somebody. */
export type PersonFields = Pick<Person, "display_name" | "title" | "email" | "user_name" | "language" | "skills" | "session_limit" | "departments">;

export const NOTHING: PersonFields = { display_name: "", title: "", email: "", user_name: null, language: "", skills: [], session_limit: null, departments: [] };

export function fieldsOf(person: Person): PersonFields {
  const { display_name, title, email, user_name, language, skills, session_limit, departments } = person;
  return { display_name, title, email, user_name, language, skills, session_limit, departments };
}

type Props = { value: PersonFields; onChange: (value: PersonFields) => void };

export function Fields({ value, onChange }: Props) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const options = useMemo(() => departmentOptions(departments), [departments]);
  const set = (change: Partial<PersonFields>): void => onChange({ ...value, ...change });
  return (
    <>
      <TextInput size="md" label={t("console.name")} value={value.display_name} maxLength={200} onChange={(event) => set({ display_name: event.currentTarget.value })} />
      <TextInput size="md" label={t("console.people.title")} value={value.title} maxLength={200} onChange={(event) => set({ title: event.currentTarget.value })} />
      <TextInput size="md" type="email" label={t("console.people.email")} value={value.email} maxLength={200} onChange={(event) => set({ email: event.currentTarget.value })} />
      <MultiSelect size="md" label={t("console.people.departments")} data={options} value={value.departments} searchable clearable clearButtonProps={{ "aria-label": t("console.clear") }} onChange={(chosen) => set({ departments: chosen })} />
      <TextInput size="md" label={t("console.language")} description={t("console.people.languageHint")} value={value.language} maxLength={35} onChange={(event) => set({ language: event.currentTarget.value.trim() })} />
      <TagsInput size="md" label={t("console.people.skills")} description={t("console.people.skillsHint")} value={value.skills} maxTags={50} onChange={(skills) => set({ skills })} />
      <NumberInput
        size="md" label={t("console.people.sessionLimit")} description={t("console.people.sessionLimitHint")} min={0} max={1_000_000} allowDecimal={false}
        value={value.session_limit ?? ""} onChange={(limit) => set({ session_limit: limit === "" ? null : Number(limit) })}
      />
      <TextInput size="md" label={t("console.people.userName")} description={t("console.people.userNameHint")} value={value.user_name ?? ""} maxLength={200} onChange={(event) => set({ user_name: event.currentTarget.value.trim() || null })} />
    </>
  );
}
