import { Button, Tabs } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useReducer } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { departmentOptions, pathOf, useDepartments } from "../departments";
import { may, useMe } from "../me";
import { namesOf } from "../names";
import { Ago, stamp } from "../parts/Ago";
import { PageBody } from "../parts/PageBody";
import { PageDrawer } from "../parts/PageDrawer";
import { Who } from "../parts/Who";
import { go, openSubject, useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import { SelectFilter } from "../table/Filters";
import type { Column, Load } from "../table/types";
import type { Grant } from "../types";
import { GrantForm } from "./GrantForm";
import { GrantPanel } from "./GrantPanel";
import { RoleList } from "./RoleList";
import { GRANTED, keyOf } from "./roles";

export type NamedGrant = Grant & { name: string; by: string };

export default function RolesPage() {
  const { t } = useTranslation();
  const me = useMe();
  const { query } = useRoute();
  const view = query.get("view") === "permissions" ? "permissions" : "people";
  return (
    <PageBody title={t("console.pages.roles")} actions={may(me, "roles.write") && <Button h={44} leftSection={<IconPlus size={18} />} onClick={() => go("roles", "new")}>{t("console.roles.grant")}</Button>}>
      <Tabs value={view} onChange={(value) => go("roles", null, { view: value === "permissions" ? value : null })} keepMounted={false} className="tabs">
        <Tabs.List>
          <Tabs.Tab value="people" h={44}>{t("console.roles.whoHas")}</Tabs.Tab>
          <Tabs.Tab value="permissions" h={44}>{t("console.roles.permits")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="people" pt="md" className="tab-panel"><Grants /></Tabs.Panel>
        <Tabs.Panel value="permissions" pt="md"><RoleList /></Tabs.Panel>
      </Tabs>
    </PageBody>
  );
}

function Grants() {
  const { t } = useTranslation();
  const { query, subject } = useRoute();
  const { departments } = useDepartments();
  const [version, changed] = useReducer((count: number) => count + 1, 0);
  const columns = useColumns();
  const everywhere = { value: "everywhere", label: t("console.roles.everywhere") };
  const options = useMemo(() => [everywhere, ...departmentOptions(departments)], [departments, t]);
  const load: Load<NamedGrant> = async ({ from, limit, signal }) => {
    const where = query.get("where");
    // An empty text is a value here, so it stands in the path.
    const path = where === null ? "/roles" : `/roles?department=${where === "everywhere" ? "" : encodeURIComponent(where)}`;
    const answer = await call<{ roles: Grant[]; next_batch?: string }>("GET", path, { query: { role: query.get("role"), from, limit }, signal });
    const name = await namesOf(answer.roles.flatMap((one) => [one.user_id, one.granted_by.startsWith("@") ? one.granted_by : null]), signal);
    return { rows: answer.roles.map((one) => ({ ...one, name: name(one.user_id), by: name(one.granted_by) })), next: answer.next_batch ?? null };
  };
  return (
    <>
      <DataTable
        name="roles" label={t("console.roles.whoHas")} columns={columns} keyOf={keyOf} load={load} version={version}
        empty={{ title: t("console.roles.emptyTitle"), text: t("console.roles.emptyText") }}
        filters={
          <>
            <SelectFilter name="role" label={t("console.roles.role")} options={GRANTED.map((value) => ({ value, label: t(`console.role.${value}`) }))} />
            <SelectFilter name="where" label={t("console.roles.where")} options={options} />
          </>
        }
      />
      <PageDrawer opened={subject === "new"} title={t("console.roles.grant")}><GrantForm onDone={() => { changed(); openSubject(null); }} /></PageDrawer>
      <PageDrawer opened={subject?.startsWith("@") ?? false} title={t("console.roles.role")}>
        {subject?.startsWith("@") && <GrantPanel key={subject} subject={subject} onChanged={() => { changed(); openSubject(null); }} />}
      </PageDrawer>
    </>
  );
}

function useColumns(): readonly Column<NamedGrant>[] {
  const { t, i18n } = useTranslation();
  const { departments } = useDepartments();
  return useMemo(() => {
    const where = (one: Grant): string => (one.department_id ? pathOf(departments, one.department_id) : t("console.roles.everywhere"));
    const role = (one: Grant): string => t(`console.role.${one.role}`);
    return [
      { id: "name", label: t("console.name"), cell: (one) => <Who name={one.name} />, text: (one) => one.name },
      { id: "role", label: t("console.roles.role"), cell: role, text: role },
      { id: "where", label: t("console.roles.where"), cell: where, text: where },
      { id: "by", label: t("console.roles.by"), cell: (one) => one.by, text: (one) => one.by },
      { id: "granted", label: t("console.roles.since"), cell: (one) => <Ago ts={one.granted_ts} />, text: (one) => stamp(one.granted_ts) },
      { id: "user_id", label: t("console.userId"), cell: (one) => one.user_id, text: (one) => one.user_id, isExtra: true },
    ];
  }, [t, i18n.language, departments]);
}
