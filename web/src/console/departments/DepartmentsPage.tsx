import { Button, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "../../parts/States";
import { pathOf, reloadDepartments, useDepartments } from "../departments";
import { may, useMe } from "../me";
import { Broken } from "../parts/Broken";
import { PageBody } from "../parts/PageBody";
import { PageDrawer } from "../parts/PageDrawer";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { openSubject, useRoute } from "../route";
import { DepartmentPanel } from "./DepartmentPanel";
import { NewDepartment } from "./NewDepartment";
import { Tree } from "./Tree";

export default function DepartmentsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const { subject } = useRoute();
  const { departments, error, isLoaded } = useDepartments();
  const [search, setSearch] = useState("");
  const mayWrite = may(me, "departments.write");
  const wanted = search.trim().toLowerCase();
  const found = departments.filter((one) => pathOf(departments, one.department_id).toLowerCase().includes(wanted));
  const create = mayWrite ? { action: t("console.departments.new"), onAction: () => openSubject("new") } : {};
  return (
    <PageBody
      title={t("console.pages.departments")} text={t("console.departments.text")}
      actions={mayWrite && <Button h={44} leftSection={<IconPlus size={18} />} onClick={() => openSubject("new")}>{t("console.departments.new")}</Button>}
    >
      <TextInput className="filter-search" size="md" type="search" leftSection={<IconSearch size={18} />} aria-label={t("console.departments.search")} placeholder={t("console.departments.search")} value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
      {!isLoaded && <RowsSkeleton />}
      {isLoaded && error !== null && <Broken error={error} onRetry={() => void reloadDepartments()} />}
      {isLoaded && error === null && departments.length === 0 && <Empty title={t("console.departments.emptyTitle")} text={t("console.departments.emptyText")} {...create} />}
      {departments.length > 0 && found.length === 0 && <Empty title={t("console.table.noneTitle")} text={t("console.table.noneText")} />}
      {found.length > 0 && <Tree departments={departments} shown={wanted === "" ? null : found} openId={subject} />}
      <PageDrawer opened={subject === "new"} title={t("console.departments.new")}><NewDepartment /></PageDrawer>
      <PageDrawer opened={subject !== null && subject !== "new"} title={t("console.department")}>
        {subject !== null && subject !== "new" && <DepartmentPanel key={subject} id={subject} />}
      </PageDrawer>
    </PageBody>
  );
}
