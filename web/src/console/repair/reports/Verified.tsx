import { Badge, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Verification } from "./types";

const TONES = { success: "good", failed: "danger", unverified: "warn" } as const;

/** The client's log beside the server's, after the operation; what differs is marked. */
export function Verified({ verification }: { verification: Verification }) {
  const { t } = useTranslation();
  const told = (properties: Record<string, unknown> | null, fields: readonly string[]) =>
    properties === null ? <Text fz="sm" c="dimmed">{t("repairDesk.verify.missing")}</Text>
      : Object.entries(properties).map(([name, value]) => <div key={name} className="break">{fields.includes(name) ? <mark>{name}={String(value)}</mark> : <>{name}={String(value)}</>}</div>);
  return (
    <>
      <Badge className="tone" data-tone={TONES[verification.outcome]} tt="none">{t(`repairDesk.verify.${verification.outcome}`)}</Badge>
      {verification.failure && <Text fz="sm">{t("repairDesk.verify.failure", { point: verification.failure })}</Text>}
      {verification.missing.length > 0 && <Text fz="sm">{t("repairDesk.verify.silent", { sides: verification.missing.map((side) => t(`repairDesk.side.${side}`)).join(", ") })}</Text>}
      {verification.compared.length > 0 && (
        <div className="plan-points" tabIndex={0} role="region" aria-label={t("repairDesk.report.verification")}>
          <Table fz="xs" verticalSpacing="xs">
            <Table.Thead><Table.Tr><Table.Th>{t("repairDesk.side.client")}</Table.Th><Table.Th>{t("repairDesk.side.server")}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {verification.compared.map((one, place) => (
                <Table.Tr key={place}>
                  <Table.Td><strong>{one.client_point}</strong>{told(one.client, one.fields)}</Table.Td>
                  <Table.Td><strong>{one.server_point}</strong>{told(one.server, one.fields)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </>
  );
}
