import { Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Broken } from "../parts/Broken";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { hrefOf } from "../route";
import { PermissionList, useDeclared } from "./Permits";
import { GRANTED } from "./roles";

/** Every role, and what it permits. */
export function RoleList() {
  const { t } = useTranslation();
  const { value, error, reload } = useDeclared();
  if (value === undefined) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />;
  return (
    <Stack maw={900}>
      {[...GRANTED, "staff"].map((role) => {
        const names = Object.keys(value).filter((name) => value[name]?.roles.includes(role));
        return (
          <Paper key={role} withBorder p="lg" component="section">
            <Title order={2} fz="lg">{t(`console.role.${role}`)}</Title>
            {role === "owner" && <Text fz="sm">{t("console.roles.ownerText", { count: names.length })}</Text>}
            {role === "staff" && <Text fz="sm" c="dimmed">{t("console.roles.staffText")}</Text>}
            {names.length === 0 && <Text fz="sm" c="dimmed">{t("console.roles.nothingYet")}</Text>}
            <PermissionList names={names} declared={value} />
            {role !== "staff" && <a href={hrefOf("roles", null, { role })}>{t("console.roles.whoHasThis")}</a>}
          </Paper>
        );
      })}
    </Stack>
  );
}
