import { Button, Select, Stack, Text } from "@mantine/core";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { departmentOptions, pathOf, useDepartments } from "../departments";
import { namesOf } from "../names";
import { useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";
import { DrawerSection } from "../parts/DrawerSection";
import { PersonPicker } from "../parts/PersonPicker";
import { useRoute } from "../route";
import { Permits } from "./Permits";
import { GRANTED, pathOfRole } from "./roles";

/** Give somebody a role: who, which, where; then it is said once more what that permits. */
export function GrantForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const { query } = useRoute();
  const [person, setPerson] = useState<string | null>(query.get("person"));
  const [role, setRole] = useState<string | null>(null);
  const [where, setWhere] = useState<string | null>(null);
  const [name, setName] = useState<string | null>(null);
  const options = useMemo(() => departmentOptions(departments), [departments]);
  const action = useAction("role_grant");
  const ask = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (person === null || role === null) return;
    action.clear();
    setName((await namesOf([person]).catch(() => (id: string) => id))(person));
  };
  const give = async (): Promise<void> => {
    if (person === null || role === null) return;
    const isDone = await action.run(async () => void (await call("PUT", pathOfRole(person, role, role === "owner" ? "" : (where ?? "")))));
    if (!isDone) return;
    setName(null);
    onDone();
  };
  const place = where === null || role === "owner" ? t("console.roles.everywhere") : pathOf(departments, where);
  return (
    <form onSubmit={ask}>
      <Stack>
        <PersonPicker label={t("console.roles.person")} value={person} onChange={setPerson} isRequired />
        <Select size="md" required label={t("console.roles.role")} data={GRANTED.map((value) => ({ value, label: t(`console.role.${value}`) }))} value={role} onChange={setRole} />
        <Select
          size="md" label={t("console.roles.where")} description={t("console.roles.whereHint")} placeholder={t("console.roles.everywhere")} clearable clearButtonProps={{ "aria-label": t("console.clear") }} searchable
          data={options} value={role === "owner" ? null : where} disabled={role === "owner"} onChange={setWhere}
        />
        <Button type="submit" h={44} disabled={person === null || role === null}>{t("console.roles.grant")}</Button>
        {role !== null && <DrawerSection title={t("console.roles.permitsThis")}><Permits role={role} /></DrawerSection>}
      </Stack>
      <Confirm opened={name !== null} title={t("console.roles.sure", { name: name ?? "", role: t(`console.role.${role ?? "staff"}`) })} label={t("console.roles.grant")} action={action} onClose={() => setName(null)} onConfirm={() => void give()}>
        <Text fz="sm">{t("console.roles.sureText", { name: name ?? "", place })}</Text>
      </Confirm>
    </form>
  );
}
