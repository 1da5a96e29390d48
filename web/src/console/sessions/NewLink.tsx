import { Button, NumberInput, SegmentedControl, Select, Stack } from "@mantine/core";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { departmentOptions, useDepartments } from "../departments";
import { ActionFailed, useAction } from "../parts/action";
import { PersonPicker } from "../parts/PersonPicker";
import { openSubject } from "../route";
import type { Link } from "./links";

const DAY_MS = 86_400_000;

/** A new link: to whom, until when, how often. */
export function NewLink({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const options = useMemo(() => departmentOptions(departments), [departments]);
  const [kind, setKind] = useState("department");
  const [staff, setStaff] = useState<string | null>(null);
  const [department, setDepartment] = useState<string | null>(null);
  const [days, setDays] = useState<number | null>(null);
  const [uses, setUses] = useState<number | null>(null);
  const action = useAction("link_create");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    await action.run(async () => {
      const target = kind === "staff" ? { staff_id: staff } : { department_id: department };
      const body = { ...target, expires_ts: days === null ? null : Date.now() + days * DAY_MS, uses_allowed: uses };
      const link = await call<Link>("POST", "/links", { body });
      onDone();
      openSubject(link.code);
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <SegmentedControl fullWidth aria-label={t("console.links.target")} value={kind} onChange={setKind} data={[{ value: "department", label: t("console.department") }, { value: "staff", label: t("console.sessions.staff") }]} />
        {kind === "staff" ? (
          <PersonPicker label={t("console.sessions.staff")} kind="staff" value={staff} onChange={setStaff} isRequired />
        ) : (
          <Select size="md" required label={t("console.department")} data={options} searchable value={department} onChange={setDepartment} />
        )}
        <NumberInput size="md" label={t("console.links.days")} description={t("console.links.daysHint")} min={1} max={3650} allowDecimal={false} value={days ?? ""} onChange={(value) => setDays(value === "" ? null : Number(value))} />
        <NumberInput size="md" label={t("console.links.usesAllowed")} description={t("console.links.usesHint")} min={1} max={1_000_000} allowDecimal={false} value={uses ?? ""} onChange={(value) => setUses(value === "" ? null : Number(value))} />
        <ActionFailed error={action.error} />
        <Button type="submit" h={44} loading={action.isBusy} disabled={(kind === "staff" ? staff : department) === null}>{t("console.links.create")}</Button>
      </Stack>
    </form>
  );
}
