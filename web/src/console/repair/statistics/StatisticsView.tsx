import { Button, Group, Paper, SegmentedControl, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call, request } from "../../../api";
import { useLoad } from "../../load";
import { Bars } from "../../operations/charts/Bars";
import { Chart } from "../../operations/charts/Chart";
import { number } from "../../operations/units";
import { ActionFailed, useAction } from "../../parts/action";
import { Broken } from "../../parts/Broken";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { keepFile } from "../../table/csv";

type OfKind = { kind: string; reports: number; claimed: number; verified: number; unverified: number; failed: number; waiting: number; reopened: number; p50_ms: number | null; p95_ms: number | null };
type Numbers = { all: OfKind; kinds: OfKind[]; points: { kind: string; point: string; reports: number }[]; operations: { operation_id: string; version: number; runs: number; succeeded: number; verified: number }[]; days: { ts: number; reports: number; verified: number; failed: number }[] };
const DAYS = ["7", "30", "90"] as const;

/** Is it all right: how much is reported, and repaired without anybody; how long answers take; where it goes wrong. */
export default function StatisticsView() {
  const { t } = useTranslation();
  const [days, setDays] = useState<string>("30");
  const action = useAction("repair_statistics_export");
  const { value, error, reload } = useLoad((signal) => call<Numbers>("GET", "/repair/statistics", { query: { days }, signal }), [days]);
  const chart = useMemo(() => value && {
    kind: "bar" as const, unit: t("repairDesk.number.unit"), ts: value.days.map((one) => one.ts),
    series: (["reports", "verified", "failed"] as const).map((what) => ({ name: t(`repairDesk.number.${what}`), values: value.days.map((one) => one[what]) })),
  }, [value, t]);
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  const { all, kinds } = value;
  const save = (): void => void action.run(async () => {
    const answer = await request("GET", "/_roomkeeper/v1/repair/statistics", { query: { days, format: "csv" } });
    keepFile([await answer.blob()], "repair.csv", "text/csv;charset=utf-8");
  });
  const figures: [string, string][] = [
    [t("repairDesk.number.reports"), number(all.reports)],
    [t("repairDesk.number.share"), all.reports === 0 ? "–" : `${Math.round((100 * all.verified) / all.reports)} % · ${t("repairDesk.number.claimed", { percent: Math.round((100 * all.claimed) / all.reports) })}`],
    [t("repairDesk.number.answer"), `${seconds(all.p50_ms)} · ${seconds(all.p95_ms)}`],
    [t("repairDesk.number.queue"), number(all.waiting)],
  ];
  return (
    <Stack>
      <Group justify="space-between">
        <SegmentedControl aria-label={t("repairDesk.volumes.span")} value={days} onChange={setDays} data={DAYS.map((one) => ({ value: one, label: t("repairDesk.volumes.days", { count: Number(one) }) }))} />
        <Button variant="default" h={44} loading={action.isBusy} leftSection={<IconDownload size={18} />} onClick={save}>{t("console.table.export")}</Button>
      </Group>
      <ActionFailed error={action.error} />
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        {figures.map(([name, of]) => <Paper key={name} withBorder p="md"><Text fz="sm" c="dimmed">{name}</Text><Text fz="lg" fw={600}>{of}</Text></Paper>)}
      </SimpleGrid>
      <Chart title={t("repairDesk.number.byDay")} data={chart} />
      <Bars
        title={t("repairDesk.number.byKind")} unit={t("repairDesk.number.unit")} rows={kinds.map((one) => one.kind || t("repairDesk.number.nokind"))} empty={t("repairDesk.report.emptyTitle")}
        parts={[
          { name: t("repairDesk.number.verified"), tone: "good", values: kinds.map((one) => one.verified) },
          { name: t("repairDesk.number.only"), tone: "warn", values: kinds.map((one) => one.unverified) },
          { name: t("repairDesk.number.failed"), tone: "danger", values: kinds.map((one) => one.failed) },
        ]}
      />
      <Bars title={t("repairDesk.number.points")} unit={t("repairDesk.number.unit")} rows={value.points.map((one) => one.point)} parts={[{ name: t("repairDesk.number.reports"), tone: "danger", values: value.points.map((one) => one.reports) }]} empty={t("repairDesk.number.noPoints")} />
      <div className="plan-points" tabIndex={0} role="region" aria-label={t("repairDesk.view.operations")}>
        <Table>
          <Table.Thead><Table.Tr><Table.Th>{t("repairDesk.report.operation")}</Table.Th>{(["runs", "succeeded", "verified"] as const).map((one) => <Table.Th key={one} ta="right">{t(`repairDesk.number.${one}`)}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>{value.operations.map((one) => <Table.Tr key={`${one.operation_id} ${one.version}`}><Table.Td><code>{one.operation_id}</code> {t("repairDesk.run.version", { version: one.version })}</Table.Td>{[one.runs, one.succeeded, one.verified].map((count, place) => <Table.Td key={place} ta="right">{number(count)}</Table.Td>)}</Table.Tr>)}</Table.Tbody>
        </Table>
      </div>
    </Stack>
  );
}

function seconds(ms: number | null): string {
  if (ms === null) return "–";
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
