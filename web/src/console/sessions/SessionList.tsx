import { SegmentedControl } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { departmentOptions, useDepartments } from "../departments";
import { namesOf } from "../names";
import { useNews } from "../news";
import { PageDrawer } from "../parts/PageDrawer";
import { PersonPicker } from "../parts/PersonPicker";
import { changeQuery, useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import { SelectFilter } from "../table/Filters";
import type { Load } from "../table/types";
import type { Session } from "../types";
import { type NamedSession, useSessionColumns } from "./columns";
import { SessionPanel } from "./SessionPanel";

const STATES = ["all", "offered", "waiting", "open", "closed"] as const;
const HOUR_MS = 3_600_000;
/** Ages as the address has them, with their length; a minus: older than that. */
const AGES: Readonly<Record<string, number>> = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS, "-hour": HOUR_MS, "-day": 24 * HOUR_MS, "-week": 168 * HOUR_MS };

/** The sessions that one may see, as they are now. */
export function SessionList() {
  const { t } = useTranslation();
  const { query, subject } = useRoute();
  const { departments } = useDepartments();
  const { version, changed } = useNews("/sessions/news");
  const options = useMemo(() => departmentOptions(departments), [departments]);
  const load: Load<NamedSession> = async ({ from, limit, sort, signal }) => {
    const filters = { state: query.get("state"), staff: query.get("staff"), customer: query.get("customer"), department: query.get("department"), ...ageOf(query.get("age")) };
    const answer = await call<{ sessions: Session[]; next_batch?: string }>("GET", "/sessions", { query: { ...filters, from, limit, sort }, signal });
    const name = await namesOf(answer.sessions.flatMap((one) => [one.customer_id, one.staff_id]), signal);
    return { rows: answer.sessions.map((one) => ({ ...one, customer: name(one.customer_id), staff: one.staff_id ? name(one.staff_id) : "" })), next: answer.next_batch ?? null };
  };
  return (
    <>
      <SegmentedControl
        className="states" aria-label={t("console.state")} value={query.get("state") ?? "all"} data={STATES.map((value) => ({ value, label: t(`console.sessionState.${value}`) }))}
        onChange={(value) => changeQuery({ state: value === "all" ? null : value, from: null })}
      />
      <DataTable
        name="sessions" label={t("console.pages.sessions")} columns={useSessionColumns()} keyOf={(one) => one.room_id} load={load} defaultSort="-updated" version={version}
        empty={{ title: t("console.sessions.emptyTitle"), text: t("console.sessions.emptyText") }}
        filters={
          <>
            <PersonPicker isFilter label={t("console.sessions.staff")} kind="staff" value={query.get("staff")} onChange={(staff) => changeQuery({ staff, from: null })} />
            <PersonPicker isFilter takesIds label={t("console.sessions.customer")} kind="customer" value={query.get("customer")} onChange={(customer) => changeQuery({ customer, from: null })} />
            <SelectFilter name="department" label={t("console.department")} options={options} />
            <SelectFilter name="age" label={t("console.sessions.age")} options={Object.keys(AGES).map((value) => ({ value, label: t(`console.sessions.ages.${value.replace("-", "older_")}`) }))} />
          </>
        }
      />
      <PageDrawer opened={subject !== null} title={t("console.sessions.one")}>
        {subject !== null && <SessionPanel key={subject} roomId={subject} version={version} onChanged={changed} />}
      </PageDrawer>
    </>
  );
}

function ageOf(age: string | null): { before?: number; after?: number } {
  const length = age === null ? undefined : AGES[age];
  if (age === null || length === undefined) return {};
  return age.startsWith("-") ? { before: Date.now() - length } : { after: Date.now() - length };
}
