import { Paper, Skeleton, Table, Text, Title } from "@mantine/core";
import { lazy, Suspense, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { exact } from "../../../times";
import { short } from "../units";
import { type ChartData, type Draw, optionsOf } from "./options";

const Canvas = lazy(() => import("./Canvas"));

type Props = { title: string; data: ChartData | undefined };

/** A chart, with what it shows as a table behind it. */
export function Chart({ title, data }: Props) {
  const { t } = useTranslation();
  const draw = useCallback<Draw>((look, isMotionless) => (data === undefined ? {} : optionsOf(data, look, isMotionless)), [data]);
  if (data === undefined) return <Paper withBorder p="lg" className="chart"><Skeleton h={20} w={160} /><Skeleton h={200} mt={16} /></Paper>;
  return (
    <Paper component="section" withBorder p="lg" className="chart" aria-label={title}>
      <Title order={2} fz="md">{title}</Title>
      {data.ts.length === 0 ? (
        <div className="chart-canvas chart-empty"><Text c="dimmed" fz="sm">{t("operations.chart.empty")}</Text></div>
      ) : (
        <Suspense fallback={<Skeleton className="chart-canvas" />}>
          <Canvas label={`${title}, ${data.unit}. ${t("operations.chart.below")}`} draw={draw} points={data.ts.length} />
        </Suspense>
      )}
      {data.ts.length > 0 && <Behind title={title} data={data} />}
    </Paper>
  );
}

function Behind({ title, data }: { title: string; data: ChartData }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("operations.chart.table")}</summary>
      {isOpen && (
        <div className="chart-rows" tabIndex={0} role="region" aria-label={title}>
          <Table fz="xs">
            <Table.Thead><Table.Tr><Table.Th>{t("operations.chart.time")}</Table.Th>{data.series.map(({ name }) => <Table.Th key={name}>{name} ({data.unit})</Table.Th>)}</Table.Tr></Table.Thead>
            <Table.Tbody>
              {data.ts.map((ts, at) => ({ ts, at })).reverse().map(({ ts, at }) => (
                <Table.Tr key={ts}><Table.Td>{exact(ts)}</Table.Td>{data.series.map(({ name, values }) => <Table.Td key={name}>{values[at] === null || values[at] === undefined ? "–" : short(values[at])}</Table.Td>)}</Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </details>
  );
}
