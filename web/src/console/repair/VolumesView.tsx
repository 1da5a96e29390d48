import { Button, Group, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call, request } from "../../api";
import { useLoad } from "../load";
import { Chart } from "../operations/charts/Chart";
import { number } from "../operations/units";
import { ActionFailed, useAction } from "../parts/action";
import { Broken } from "../parts/Broken";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { keepFile } from "../table/csv";
import type { Side, Volume } from "./types";

const DAYS = ["7", "30", "90"] as const;
const DAY_MS = 86_400_000;
type Answer = { volumes: Volume[]; dropped: number };

/** How much is tracked by day, and by name: stored, departing from the plan, sent again, late. */
export default function VolumesView() {
  const { t } = useTranslation();
  const [days, setDays] = useState<string>("7");
  const action = useAction("repair_volumes_export");
  const { value, error, reload } = useLoad((signal) => call<Answer>("GET", "/repair/volumes", { query: { days }, signal }), [days]);
  const data = useMemo(() => value && chartOf(value.volumes, Number(days), t("repairDesk.volumes.unit"), (side) => t(`repairDesk.side.${side}`), t("repairDesk.volumes.drifted")), [value, days, t]);
  const save = (): void => void action.run(async () => {
    const answer = await request("GET", "/_roomkeeper/v1/repair/volumes", { query: { days, format: "csv" } });
    keepFile([await answer.blob()], "tracking.csv", "text/csv;charset=utf-8");
  });
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  return (
    <Stack>
      <Group justify="space-between">
        <SegmentedControl aria-label={t("repairDesk.volumes.span")} value={days} onChange={setDays} data={DAYS.map((one) => ({ value: one, label: t("repairDesk.volumes.days", { count: Number(one) }) }))} />
        <Button variant="default" h={44} loading={action.isBusy} leftSection={<IconDownload size={18} />} onClick={save}>{t("console.table.export")}</Button>
      </Group>
      <ActionFailed error={action.error} />
      <Chart title={t("repairDesk.volumes.title")} data={data} />
      {value.dropped > 0 && <Text c="var(--rk-warn)" fz="sm">{t("repairDesk.volumes.dropped", { count: value.dropped })}</Text>}
      <Names volumes={value.volumes} />
    </Stack>
  );
}

function Names({ volumes }: { volumes: readonly Volume[] }) {
  const { t } = useTranslation();
  const rows = useMemo(() => sumsOf(volumes), [volumes]);
  if (rows.length === 0) return <Text c="dimmed">{t("repairDesk.volumes.empty")}</Text>;
  return (
    <div className="plan-points" tabIndex={0} role="region" aria-label={t("repairDesk.volumes.names")}>
      <Table>
        <Table.Thead><Table.Tr><Table.Th>{t("repairDesk.plan.point")}</Table.Th><Table.Th>{t("repairDesk.plan.side")}</Table.Th>{(["stored", "drifted", "replayed", "late"] as const).map((one) => <Table.Th key={one} ta="right">{t(`repairDesk.volumes.${one}`)}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>{rows.map((row) => <Table.Tr key={`${row.name} ${row.side}`}><Table.Td><code>{row.name === "unplanned" ? t("repairDesk.volumes.unplanned") : row.name}</code></Table.Td><Table.Td>{t(`repairDesk.side.${row.side}`)}</Table.Td>{[row.stored, row.drifted, row.replayed, row.late].map((value, place) => <Table.Td key={place} ta="right">{number(value)}</Table.Td>)}</Table.Tr>)}</Table.Tbody>
      </Table>
    </div>
  );
}

function chartOf(volumes: readonly Volume[], days: number, unit: string, nameOf: (side: Side) => string, drifted: string) {
  // Days without anything are days, too.
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const ts = volumes.length === 0 ? [] : Array.from({ length: days + 1 }, (_, place) => today - (days - place) * DAY_MS);
  const sum = (of: (one: Volume) => number): number[] => ts.map((at) => volumes.reduce((total, one) => total + (one.ts === at ? of(one) : 0), 0));
  const series = (["client", "server"] as const).map((side) => ({ name: nameOf(side), values: sum((one) => (one.side === side ? one.stored : 0)) }));
  return { kind: "bar" as const, unit, ts, series: [...series, { name: drifted, values: sum((one) => one.drifted) }] };
}

function sumsOf(volumes: readonly Volume[]): Volume[] {
  const sums = new Map<string, Volume>();
  for (const one of volumes) {
    const key = `${one.name} ${one.side}`, before = sums.get(key);
    sums.set(key, before === undefined ? { ...one } : { ...before, stored: before.stored + one.stored, drifted: before.drifted + one.drifted, replayed: before.replayed + one.replayed, late: before.late + one.late });
  }
  return [...sums.values()].sort((one, other) => other.stored - one.stored);
}
