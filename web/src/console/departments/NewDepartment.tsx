import { Button, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { reloadDepartments } from "../departments";
import { ActionFailed, useAction } from "../parts/action";
import { go, useRoute } from "../route";
import type { Department } from "../types";
import { DepartmentFields, type DepartmentValue } from "./DepartmentFields";

export function NewDepartment() {
  const { t } = useTranslation();
  const { query } = useRoute();
  const [value, setValue] = useState<DepartmentValue>({ name: "", parent_id: query.get("under"), external_id: null });
  const action = useAction("department_create");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    await action.run(async () => {
      const made = await call<Department>("POST", "/departments", { body: { ...value, name: value.name.trim() } });
      await reloadDepartments();
      go("departments", made.department_id);
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <DepartmentFields value={value} onChange={setValue} />
        <ActionFailed error={action.error} />
        <Button type="submit" h={44} loading={action.isBusy}>{t("console.departments.create")}</Button>
      </Stack>
    </form>
  );
}
