import { Paper, Skeleton, Table, Text, Title } from "@mantine/core";
import type { EChartsCoreOption } from "echarts/core";
import { lazy, Suspense, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { number } from "../units";
import type { Draw, Look, Tone } from "./options";

const Canvas = lazy(() => import("./Canvas"));
const BAR_PX = 34;
const AROUND_PX = 84;

export type Part = { name: string; tone: Tone; values: readonly number[] };
type Props = { title: string; unit: string; rows: readonly string[]; parts: readonly Part[]; empty: string };

/** A bar for each row, made of parts; with what it shows as a table behind it. */
export function Bars({ title, unit, rows, parts, empty }: Props) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const shown = parts.filter(({ values }) => values.some((value) => value > 0));
  const asked = JSON.stringify([rows, shown, unit]);
  const draw = useCallback<Draw>((look, isMotionless) => barOptions(rows, shown, unit, look, isMotionless), [asked]);
  return (
    <Paper component="section" withBorder p="lg" className="chart" aria-label={title}>
      <Title order={2} fz="md">{title}</Title>
      {shown.length === 0 ? (
        <Text c="dimmed" fz="sm" py="md">{empty}</Text>
      ) : (
        <>
          <Suspense fallback={<Skeleton className="chart-canvas" />}>
            <Canvas label={`${title}, ${unit}. ${t("operations.chart.below")}`} draw={draw} points={rows.length} height={rows.length * BAR_PX + AROUND_PX} />
          </Suspense>
          <details className="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
            <summary>{t("operations.chart.table")}</summary>
            {isOpen && (
              <div className="chart-rows" tabIndex={0} role="region" aria-label={title}>
                <Table fz="xs">
                  <Table.Thead><Table.Tr><Table.Th>{unit}</Table.Th>{shown.map(({ name }) => <Table.Th key={name}>{name}</Table.Th>)}</Table.Tr></Table.Thead>
                  <Table.Tbody>
                    {rows.map((row, at) => <Table.Tr key={at}><Table.Td>{row}</Table.Td>{shown.map(({ name, values }) => <Table.Td key={name}>{number(values[at] ?? 0)}</Table.Td>)}</Table.Tr>)}
                  </Table.Tbody>
                </Table>
              </div>
            )}
          </details>
        </>
      )}
    </Paper>
  );
}

const LONGEST = 18;

function barOptions(rows: readonly string[], parts: readonly Part[], unit: string, look: Look, isMotionless: boolean): EChartsCoreOption {
  const axis = { axisLine: { lineStyle: { color: look.line } }, axisLabel: { color: look.text, fontSize: 12 } };
  return {
    animation: !isMotionless,
    animationDuration: 150,
    grid: { left: 8, right: 24, top: 8, bottom: 60, containLabel: true },
    legend: { bottom: 0, textStyle: { color: look.text }, icon: "roundRect", type: "plain" },
    tooltip: {
      trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText", confine: true, backgroundColor: look.panel, borderColor: look.line, textStyle: { color: look.text, fontSize: 12 },
      formatter: (points: { dataIndex: number }[]) => {
        const at = points[0]?.dataIndex ?? 0;
        return [rows[at], ...parts.filter(({ values }) => values[at]).map(({ name, values }) => `${name}: ${number(values[at] ?? 0)}`)].join("\n");
      },
    },
    xAxis: { type: "value", minInterval: 1, name: unit, nameLocation: "middle", nameGap: 24, nameTextStyle: { color: look.text }, ...axis, splitLine: { lineStyle: { color: look.line } } },
    yAxis: { type: "category", data: [...rows], inverse: true, ...axis, axisTick: { show: false }, axisLabel: { ...axis.axisLabel, formatter: (name: string) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name) } },
    series: parts.map(({ name, tone, values }) => ({ type: "bar", stack: "all", name, data: [...values], itemStyle: { color: look.tones[tone], borderColor: look.panel, borderWidth: 1 }, barMaxWidth: 20 })),
  };
}
