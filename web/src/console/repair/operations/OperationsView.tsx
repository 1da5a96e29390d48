import { Badge, Button, Group, Stack, Switch, Table, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { exact, short } from "../../../times";
import { useLoad } from "../../load";
import { may, useMe } from "../../me";
import { ActionFailed, useAction } from "../../parts/action";
import { Broken } from "../../parts/Broken";
import { Confirm } from "../../parts/Confirm";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import type { Operation } from "../reports/types";
import { OperationEditor } from "./OperationEditor";

type Turned = { name: string; is_off: boolean };
type Shown = { operations: Operation[]; off: ReadonlySet<string> };
const ALL = "";

/** The mapping table: which operation is done about which kind of trouble; and the switches that stop them. */
export default function OperationsView() {
  const { t } = useTranslation();
  const mayWrite = may(useMe(), "repair.operations");
  const [edited, setEdited] = useState<Operation | "new" | null>(null);
  const [isStopping, setStopping] = useState(false);
  const action = useAction("repair_switch");
  const { value, error, reload } = useLoad<Shown>(async (signal) => {
    const [page, turned] = await Promise.all([
      call<{ operations: Operation[] }>("GET", "/repair/operations", { query: { limit: 500 }, signal }),
      call<{ switches: Turned[] }>("GET", "/repair/switches", { signal }),
    ]);
    return { operations: page.operations, off: new Set(turned.switches.filter((one) => one.is_off).map((one) => one.name)) };
  }, []);
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  const turn = (name: string, off: boolean): Promise<void> =>
    action.run(async () => { await call("PUT", name === ALL ? "/repair/switches" : `/repair/operations/${encodeURIComponent(name)}/switch`, { body: { off } }); })
      .then((isDone) => { if (isDone) { setStopping(false); reload(); } });
  const isAllOff = value.off.has(ALL);
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Text fz="sm" c="dimmed" maw={640}>{t("repairDesk.operation.text")}</Text>
        {mayWrite && (
          <Group gap="sm">
            <Button h={44} variant="default" loading={action.isBusy} {...(isAllOff ? {} : { c: "var(--rk-danger)" })} onClick={() => (isAllOff ? void turn(ALL, false) : setStopping(true))}>{t(isAllOff ? "repairDesk.operation.goOn" : "repairDesk.operation.stopAll")}</Button>
            <Button h={44} leftSection={<IconPlus size={18} />} onClick={() => setEdited("new")}>{t("repairDesk.operation.make")}</Button>
          </Group>
        )}
      </Group>
      {isAllOff && <Text role="status" c="var(--rk-warn)">{t("repairDesk.operation.allOff")}</Text>}
      <ActionFailed error={action.error} />
      <div className="plan-points" tabIndex={0} role="region" aria-label={t("repairDesk.view.operations")}>
        <Table>
          <Table.Thead><Table.Tr><Table.Th>{t("repairDesk.report.kind")}</Table.Th><Table.Th>{t("repairDesk.report.operation")}</Table.Th><Table.Th>{t("repairDesk.operation.steps")}</Table.Th><Table.Th>{t("repairDesk.operation.on")}</Table.Th><Table.Th aria-label={t("repairDesk.operation.change")} /></Table.Tr></Table.Thead>
          <Table.Tbody>
            {value.operations.map((one) => (
              <Table.Tr key={one.operation_id}>
                <Table.Td><code>{one.kind}</code></Table.Td>
                <Table.Td>{one.title}{one.is_dangerous && <Badge ml="xs" className="tone" data-tone="warn" tt="none">{t("repairDesk.operation.dangerous")}</Badge>}<Text fz="xs" c="dimmed" component="div" title={exact(one.changed_ts)}>{t("repairDesk.run.version", { version: one.version })} · {one.changed_by} · {short(one.changed_ts)}</Text></Table.Td>
                <Table.Td>{one.steps.map((step, place) => <div key={place}><code>{step.do === "remedy" ? step.name : step.do}</code></div>)}</Table.Td>
                <Table.Td><Switch size="md" aria-label={t("repairDesk.operation.onOf", { title: one.title })} checked={!value.off.has(one.operation_id)} disabled={!mayWrite || action.isBusy} onChange={(event) => void turn(one.operation_id, !event.currentTarget.checked)} /></Table.Td>
                <Table.Td ta="right">{mayWrite && <Button h={44} variant="default" onClick={() => setEdited(one)}>{t("repairDesk.operation.change")}</Button>}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {edited !== null && <OperationEditor operation={edited === "new" ? null : edited} onClose={(isChanged) => { setEdited(null); if (isChanged) reload(); }} />}
      <Confirm opened={isStopping} title={t("repairDesk.operation.stopTitle")} label={t("repairDesk.operation.stopAll")} action={action} onConfirm={() => void turn(ALL, true)} onClose={() => setStopping(false)} isDanger>
        <Text fz="sm">{t("repairDesk.operation.stopText")}</Text>
      </Confirm>
    </Stack>
  );
}
