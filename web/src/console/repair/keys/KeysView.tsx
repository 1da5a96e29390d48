import { Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { exact, short } from "../../../times";
import { useLoad } from "../../load";
import { useAction } from "../../parts/action";
import { Broken } from "../../parts/Broken";
import { Confirm } from "../../parts/Confirm";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import type { WriteKey } from "../types";
import { NewKey } from "./NewKey";

/** The keys with which other programs send events. */
export default function KeysView() {
  const { t } = useTranslation();
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<WriteKey | null>(null);
  const action = useAction("repair_key_revoke");
  const { value, error, reload } = useLoad(async (signal) => (await call<{ keys: WriteKey[] }>("GET", "/repair/keys", { query: { limit: 500 }, signal })).keys, []);
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  const revoke = (): void => void action.run(async () => {
    await call("DELETE", `/repair/keys/${encodeURIComponent(revoked?.key_id ?? "")}`);
  }).then((isDone) => { if (isDone) { setRevoked(null); reload(); } });
  return (
    <Stack>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Text fz="sm" c="dimmed" maw={640}>{t("repairDesk.key.text")}</Text>
        <Button h={44} leftSection={<IconPlus size={18} />} onClick={() => setMaking(true)}>{t("repairDesk.key.make")}</Button>
      </Group>
      {value.length === 0 ? <Text>{t("repairDesk.key.empty")}</Text> : (
        <div className="plan-points" tabIndex={0} role="region" aria-label={t("repairDesk.view.keys")}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th>{t("repairDesk.key.name")}</Table.Th><Table.Th>{t("repairDesk.plan.side")}</Table.Th><Table.Th>{t("repairDesk.key.rate")}</Table.Th><Table.Th>{t("repairDesk.key.used")}</Table.Th><Table.Th><span className="visually-hidden">{t("repairDesk.key.revoke")}</span></Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {value.map((key) => (
                <Table.Tr key={key.key_id}>
                  <Table.Td>{key.name}<Text fz="xs" c="dimmed" component="div" title={exact(key.created_ts)}>{short(key.created_ts)} · {key.created_by}</Text></Table.Td>
                  <Table.Td>{t(`repairDesk.side.${key.side}`)}</Table.Td>
                  <Table.Td>{t("repairDesk.key.perSecond", { count: key.per_second })}</Table.Td>
                  <Table.Td>{key.last_used_ts ? <span title={exact(key.last_used_ts)}>{short(key.last_used_ts)}</span> : "–"}</Table.Td>
                  <Table.Td ta="right">{key.revoked_ts ? <Badge color="gray" variant="light">{t("repairDesk.key.revoked")}</Badge> : <Button size="xs" h={44} variant="default" onClick={() => setRevoked(key)}>{t("repairDesk.key.revoke")}</Button>}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <NewKey opened={isMaking} onClose={() => { setMaking(false); reload(); }} />
      <Confirm opened={revoked !== null} title={t("repairDesk.key.revokeTitle", { name: revoked?.name })} label={t("repairDesk.key.revoke")} action={action} onConfirm={revoke} onClose={() => setRevoked(null)} isDanger><Text fz="sm">{t("repairDesk.key.revokeText")}</Text></Confirm>
    </Stack>
  );
}
