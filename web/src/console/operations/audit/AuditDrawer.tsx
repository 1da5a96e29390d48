import { Button, Drawer, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { exact } from "../../../times";
import { changeQuery, hrefOf, openSubject } from "../../route";
import type { AuditEntry } from "../types";

/** One entry, and the way to others like it. */
export function AuditDrawer({ entry, isOpen }: { entry: AuditEntry | undefined; isOpen: boolean }) {
  const { t } = useTranslation();
  return (
    <Drawer opened={isOpen && entry !== undefined} onClose={() => openSubject(null)} position="right" size={520} title={t("operations.audit.entry")} closeButtonProps={{ "aria-label": t("close"), size: 44 }}>
      {entry && (
        <Stack>
          <dl className="ops-facts ops-facts-narrow">
            <Fact name={t("operations.audit.time")} value={exact(entry.ts)} />
            <Fact name={t("operations.audit.actor")} value={entry.actor} />
            <Fact name={t("operations.audit.permission")} value={entry.permission} />
            <Fact name={t("operations.audit.object")} value={entry.object === "*" ? t("operations.audit.everything") : entry.object} />
            <Fact name={t("operations.audit.reason")} value={entry.reason || t("operations.audit.noReason")} />
            <Fact name={t("operations.audit.number")} value={String(entry.id)} />
          </dl>
          <Text fw={600} fz="sm">{t("operations.audit.more")}</Text>
          {(["actor", "permission", "object"] as const).map((name) => (
            <Button key={name} variant="default" h={44} justify="flex-start" onClick={() => { window.location.hash = hrefOf("audit"); changeQuery({ [name]: entry[name] }); }}>{t(`operations.audit.same.${name}`)}</Button>
          ))}
        </Stack>
      )}
    </Drawer>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return <div><dt>{name}</dt><dd className="break">{value}</dd></div>;
}
