import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { departmentOptions, useDepartments } from "../departments";
import { PersonPicker } from "../parts/PersonPicker";
import { changeQuery, useRoute } from "../route";
import { SearchFilter, SelectFilter } from "../table/Filters";

const DAY_MS = 86_400_000;
const AGES: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30, year: 365 };
const KINDS = ["session", "room", "external"] as const;

/** What the server is asked for, as the address has it. */
export function wantedOf(query: URLSearchParams): Record<string, string | number | null> {
  const days = AGES[query.get("age") ?? ""];
  return {
    person: query.get("person_id"), department: query.get("department"), program: query.get("program"), kind: query.get("kind"),
    held: query.get("hold") === "yes" ? "true" : query.get("hold") === "no" ? "false" : null,
    since: days === undefined ? null : Date.now() - days * DAY_MS,
  };
}

/** Which records. */
export function RecordFilters() {
  const { t } = useTranslation();
  const { query } = useRoute();
  const { departments } = useDepartments();
  const options = useMemo(() => departmentOptions(departments), [departments]);
  return (
    <>
      <SearchFilter name="q" label={t("records.filter.words")} />
      <PersonPicker isFilter takesIds takesDeparted label={t("records.filter.person")} value={query.get("person_id")} onChange={(person) => changeQuery({ person_id: person, from: null })} />
      <SelectFilter name="department" label={t("console.department")} options={options} />
      <SelectFilter name="kind" label={t("records.filter.kind")} options={KINDS.map((value) => ({ value, label: t(`records.kind.${value}`) }))} />
      <SelectFilter name="age" label={t("records.filter.age")} options={Object.keys(AGES).map((value) => ({ value, label: t(`records.age.${value}`) }))} />
      <SelectFilter name="hold" label={t("records.filter.hold")} options={["yes", "no"].map((value) => ({ value, label: t(`records.hold.${value}`) }))} />
      <SearchFilter name="program" label={t("records.filter.program")} />
    </>
  );
}
