import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { pathOf, useDepartments } from "../departments";
import { nameOfPerson } from "../names";
import { Ago, stamp } from "../parts/Ago";
import { PersonStateBadge } from "../parts/Badges";
import { Who } from "../parts/Who";
import type { Column } from "../table/types";
import type { Person } from "../types";

export function usePeopleColumns(): readonly Column<Person>[] {
  const { t, i18n } = useTranslation();
  const { departments } = useDepartments();
  return useMemo(() => {
    const belongs = (person: Person): string => person.departments.map((id) => pathOf(departments, id)).join("; ");
    const plain = (id: string, label: string, text: (person: Person) => string, isExtra = false): Column<Person> => ({ id, label, cell: text, text, isExtra });
    return [
      { id: "name", label: t("console.name"), cell: (person) => <Who name={nameOfPerson(person)} />, text: nameOfPerson, sort: "name" },
      { id: "state", label: t("console.state"), cell: (person) => <PersonStateBadge state={person.state} />, text: (person) => t(`console.personState.${person.state}`) },
      plain("kind", t("console.people.kind"), (person) => t(`console.kind.${person.kind}`)),
      plain("departments", t("console.people.departments"), belongs),
      plain("title", t("console.people.title"), (person) => person.title),
      plain("email", t("console.people.email"), (person) => person.email),
      plain("user_id", t("console.userId"), (person) => person.user_id, true),
      plain("user_name", t("console.people.userName"), (person) => person.user_name ?? "", true),
      plain("language", t("console.language"), (person) => person.language, true),
      plain("skills", t("console.people.skills"), (person) => person.skills.join("; "), true),
      plain("session_limit", t("console.people.sessionLimit"), (person) => (person.session_limit === null ? "" : String(person.session_limit)), true),
      { id: "updated", label: t("console.updated"), cell: (person) => <Ago ts={person.updated_ts} />, text: (person) => stamp(person.updated_ts), sort: "updated" },
    ];
  }, [t, i18n.language, departments]);
}
