import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { day, clock, exact } from "../../../times";
import { hrefOf, useRoute } from "../../route";
import type { AuditEntry } from "../types";

export function AuditTable({ entries }: { entries: readonly AuditEntry[] }) {
  const { t } = useTranslation();
  const { query } = useRoute();
  return (
    <Table className="cards-below" verticalSpacing="sm" highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("operations.audit.time")}</Table.Th>
          <Table.Th>{t("operations.audit.actor")}</Table.Th>
          <Table.Th>{t("operations.audit.permission")}</Table.Th>
          <Table.Th>{t("operations.audit.object")}</Table.Th>
          <Table.Th>{t("operations.audit.reason")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {entries.map((entry) => (
          <Table.Tr key={entry.id}>
            <Table.Td className="nowrap"><a className="ops-link" href={hrefOf("audit", String(entry.id), query)}><time dateTime={new Date(entry.ts).toISOString()} title={exact(entry.ts)}>{day(entry.ts)} {clock(entry.ts)}</time></a></Table.Td>
            <Table.Td className="break">{entry.actor}</Table.Td>
            <Table.Td className="break"><code>{entry.permission}</code></Table.Td>
            <Table.Td className="break">{entry.object === "*" ? t("operations.audit.everything") : entry.object}</Table.Td>
            <Table.Td className="break">{entry.reason}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
