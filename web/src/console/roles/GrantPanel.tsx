import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { pathOf, useDepartments } from "../departments";
import { useLoad } from "../load";
import { may, useMe } from "../me";
import { namesOf } from "../names";
import { useAction } from "../parts/action";
import { Ago } from "../parts/Ago";
import { Broken } from "../parts/Broken";
import { Confirm } from "../parts/Confirm";
import { DrawerSection } from "../parts/DrawerSection";
import { Facts } from "../parts/Facts";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { hrefOf } from "../route";
import type { Grant } from "../types";
import { Permits } from "./Permits";
import { pathOfRole, readKey } from "./roles";

/** One role of somebody: where, since when, by whom, what it permits; and taking it. */
export function GrantPanel({ subject, onChanged }: { subject: string; onChanged: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const { departments } = useDepartments();
  const { userId, role, department } = readKey(subject);
  const { value, error, reload } = useLoad(async (signal) => {
    const { roles } = await call<{ roles: Grant[] }>("GET", `/people/${encodeURIComponent(userId)}/roles`, { signal });
    const found = roles.find((one) => one.role === role && one.department_id === department);
    const name = await namesOf([userId, found?.granted_by.startsWith("@") ? found.granted_by : null], signal);
    return { found, name: name(userId), by: found ? name(found.granted_by) : "" };
  }, [subject]);
  const [isAsking, setAsking] = useState(false);
  const action = useAction("role_withdraw");
  const take = async (): Promise<void> => {
    if (!(await action.run(async () => void (await call("DELETE", pathOfRole(userId, role, department)))))) return;
    setAsking(false);
    onChanged();
  };
  if (value === undefined) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />;
  if (value.found === undefined) return <Text>{t("console.roles.gone")}</Text>;
  const words = { name: value.name, role: t(`console.role.${role}`) };
  return (
    <Stack>
      <Title order={2} fz="lg">{t("console.roles.of", words)}</Title>
      <Facts
        facts={[
          [t("console.name"), <a href={hrefOf("people", userId)}>{value.name}</a>],
          [t("console.roles.where"), department ? pathOf(departments, department) : t("console.roles.everywhere")],
          [t("console.roles.by"), value.by],
          [t("console.roles.since"), <Ago ts={value.found.granted_ts} />],
        ]}
      />
      {may(me, "roles.write") && <Group><Button variant="default" h={44} onClick={() => { action.clear(); setAsking(true); }}>{t("console.roles.withdraw")}</Button></Group>}
      <DrawerSection title={t("console.roles.permitsThis")}><Permits role={role} /></DrawerSection>
      <Confirm opened={isAsking} title={t("console.roles.withdrawSure", words)} label={t("console.roles.withdraw")} isDanger action={action} onClose={() => setAsking(false)} onConfirm={() => void take()}>
        <Text fz="sm">{t("console.roles.withdrawText")}</Text>
      </Confirm>
    </Stack>
  );
}
