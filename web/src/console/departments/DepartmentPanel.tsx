import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Empty } from "../../parts/States";
import { pathOf, reloadDepartments, useDepartments } from "../departments";
import { may, useMe } from "../me";
import { ActionFailed, useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { go, openSubject } from "../route";
import type { Department } from "../types";
import { DepartmentFields, type DepartmentValue } from "./DepartmentFields";
import { Members } from "./Members";
import { QueueSettings } from "./QueueSettings";

/** A department: its name and place, how its queue is given out, who belongs to it. */
export function DepartmentPanel({ id }: { id: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const { departments, isLoaded } = useDepartments();
  const department = departments.find((one) => one.department_id === id);
  if (!isLoaded) return <RowsSkeleton />;
  if (department === undefined) return <Empty title={t("console.departments.goneTitle")} text={t("console.departments.goneText")} action={t("close")} onAction={() => openSubject(null)} />;
  const hasOthersUnder = departments.some((one) => one.parent_id === id);
  return (
    <Stack>
      <div>
        <Title order={2} fz="lg">{department.name}</Title>
        {department.parent_id !== null && <Text c="dimmed" fz="sm">{pathOf(departments, id)}</Text>}
      </div>
      {may(me, "departments.write") && <Change key={department.updated_ts} department={department} />}
      {may(me, "departments.write") && (
        <Group>
          <Button variant="default" h={44} onClick={() => go("departments", "new", { under: id })}>{t("console.departments.newUnder")}</Button>
          <Remove department={department} isHindered={hasOthersUnder} />
        </Group>
      )}
      {may(me, "routing.read") && <QueueSettings id={id} />}
      {may(me, "people.read", [id]) && <Members id={id} />}
    </Stack>
  );
}

function Change({ department }: { department: Department }) {
  const { t } = useTranslation();
  const { name, parent_id, external_id, department_id: id } = department;
  const before: DepartmentValue = { name, parent_id, external_id };
  const [value, setValue] = useState(before);
  const action = useAction("department_change");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    await action.run(async () => {
      await call("PATCH", `/departments/${encodeURIComponent(id)}`, { body: { ...value, name: value.name.trim() } });
      await reloadDepartments();
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <DepartmentFields value={value} onChange={setValue} own={id} />
        <ActionFailed error={action.error} />
        <Group><Button type="submit" variant="light" h={44} loading={action.isBusy} disabled={JSON.stringify(value) === JSON.stringify(before)}>{t("settings.save")}</Button></Group>
      </Stack>
    </form>
  );
}

function Remove({ department, isHindered }: { department: Department; isHindered: boolean }) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const action = useAction("department_delete");
  const remove = async (): Promise<void> => {
    const isDone = await action.run(async () => {
      await call("DELETE", `/departments/${encodeURIComponent(department.department_id)}`);
      await reloadDepartments();
    });
    if (isDone) openSubject(null);
  };
  return (
    <>
      <Button variant="default" h={44} disabled={isHindered} title={isHindered ? t("console.departments.hindered") : undefined} onClick={() => { action.clear(); setAsking(true); }}>{t("console.departments.delete")}</Button>
      <Confirm opened={isAsking} title={t("console.departments.deleteSure", { name: department.name })} label={t("console.departments.delete")} isDanger action={action} onClose={() => setAsking(false)} onConfirm={() => void remove()}>
        <Text fz="sm">{t("console.departments.deleteText")}</Text>
      </Confirm>
      {isHindered && <Text fz="xs" c="dimmed">{t("console.departments.hindered")}</Text>}
    </>
  );
}
