import { Button } from "@mantine/core";
import { IconFileImport, IconUserPlus } from "@tabler/icons-react";
import { useMemo, useReducer } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { departmentOptions, useDepartments } from "../departments";
import { may, useMe } from "../me";
import { PageBody } from "../parts/PageBody";
import { PageDrawer } from "../parts/PageDrawer";
import { openSubject, useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import { SearchFilter, SelectFilter } from "../table/Filters";
import type { Load } from "../table/types";
import type { Person } from "../types";
import { usePeopleColumns } from "./columns";
import { ImportPanel } from "./ImportPanel";
import { NewPerson } from "./NewPerson";
import { PersonPanel } from "./PersonPanel";

const KINDS = ["staff", "customer", "organisation", "bot"] as const;
const STATES = ["active", "on_leave", "departed"] as const;

export default function PeoplePage() {
  const { t } = useTranslation();
  const me = useMe();
  const { subject, query } = useRoute();
  const { departments } = useDepartments();
  const [version, changed] = useReducer((count: number) => count + 1, 0);
  const columns = usePeopleColumns();
  const filters = { search: query.get("search"), kind: query.get("kind"), state: query.get("state"), department: query.get("department") };
  const load: Load<Person> = async ({ from, limit, sort, signal }) => {
    type Answer = { people: Person[]; next_batch?: string; total?: number };
    const answer = await call<Answer>("GET", "/people", { query: { ...filters, from, limit, sort, total: true }, signal });
    return { rows: answer.people, next: answer.next_batch ?? null, total: answer.total };
  };
  const options = useMemo(() => departmentOptions(departments), [departments]);
  return (
    <PageBody
      title={t("console.pages.people")}
      actions={
        <>
          {may(me, "people.import") && <Button variant="default" h={44} leftSection={<IconFileImport size={18} />} onClick={() => openSubject("import")}>{t("console.people.import")}</Button>}
          {may(me, "people.write") && <Button h={44} leftSection={<IconUserPlus size={18} />} onClick={() => openSubject("new")}>{t("console.people.new")}</Button>}
        </>
      }
    >
      <DataTable
        name="people" label={t("console.pages.people")} columns={columns} keyOf={(person) => person.user_id} load={load} defaultSort="name" version={version}
        empty={{ title: t("console.people.emptyTitle"), text: t("console.people.emptyText"), ...(may(me, "people.write") ? { action: t("console.people.new"), onAction: () => openSubject("new") } : {}) }}
        filters={
          <>
            <SearchFilter label={t("console.people.search")} />
            <SelectFilter name="department" label={t("console.department")} options={options} />
            <SelectFilter name="kind" label={t("console.people.kind")} options={KINDS.map((value) => ({ value, label: t(`console.kind.${value}`) }))} />
            <SelectFilter name="state" label={t("console.state")} options={STATES.map((value) => ({ value, label: t(`console.personState.${value}`) }))} />
          </>
        }
      />
      <PageDrawer opened={subject === "new"} title={t("console.people.new")}><NewPerson onDone={changed} /></PageDrawer>
      <PageDrawer opened={subject === "import"} title={t("console.people.import")} size={760}><ImportPanel onChanged={changed} /></PageDrawer>
      <PageDrawer opened={subject?.startsWith("@") ?? false} title={t("console.people.card")}>
        {subject?.startsWith("@") && <PersonPanel key={subject} userId={subject} onChanged={changed} />}
      </PageDrawer>
    </PageBody>
  );
}
