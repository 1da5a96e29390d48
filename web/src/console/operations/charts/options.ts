/** What a chart looks like: labelled axes with units, colours of the theme. */
import type { EChartsCoreOption } from "echarts/core";
import { exact, clock, short as shortTime } from "../../../times";
import { short } from "../units";

export type Series = { name: string; values: (number | null)[] };
/** `isStacked`: bars stand on one another, as parts of a whole. */
export type ChartData = { kind: "line" | "bar"; unit: string; ts: number[]; series: Series[]; isStacked?: boolean };
export type Tone = "good" | "warn" | "danger" | "link" | "soft" | "line";
export type Look = { text: string; line: string; panel: string; colours: string[]; tones: Readonly<Record<Tone, string>> };
/** What is drawn, as the page looks now. */
export type Draw = (look: Look, isMotionless: boolean) => EChartsCoreOption;

/** The colours of the page as it is now. */
export function lookOf(element: Element): Look {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  const resolved = (name: string): string => {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    element.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour || read(name);
  };
  return {
    text: resolved("--rk-soft"),
    line: resolved("--rk-line"),
    panel: resolved("--rk-panel"),
    colours: [resolved("--rk-link"), resolved("--rk-warn"), resolved("--rk-danger")],
    tones: { good: resolved("--rk-good"), warn: resolved("--rk-warn"), danger: resolved("--rk-danger"), link: resolved("--rk-link"), soft: resolved("--rk-soft"), line: resolved("--rk-line") },
  };
}

const DAY_MS = 86_400_000;
/** A server that has just started has a few points: they stand at the right. */
const LEAST_SPAN_MS = 600_000;

export function optionsOf({ kind, unit, ts, series, isStacked = false }: ChartData, look: Look, isMotionless: boolean): EChartsCoreOption {
  const span = (ts.at(-1) ?? 0) - (ts[0] ?? 0);
  const axis = { axisLine: { lineStyle: { color: look.line } }, axisLabel: { color: look.text, fontSize: 12, hideOverlap: true } };
  return {
    animation: !isMotionless,
    animationDuration: 150,
    color: look.colours,
    grid: { left: 8, right: 16, top: 36, bottom: series.length > 1 ? 36 : 8, containLabel: true },
    legend: series.length > 1 ? { bottom: 0, textStyle: { color: look.text }, icon: "roundRect" } : undefined,
    // Drawn, not HTML: the policy of the page allows no styles in it.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      backgroundColor: look.panel,
      borderColor: look.line,
      textStyle: { color: look.text, fontSize: 12 },
      formatter: (points: { dataIndex: number }[]) => tooltip(points[0]?.dataIndex ?? 0, ts, series, unit),
    },
    xAxis: { type: "time", min: Math.min(ts[0] ?? 0, (ts.at(-1) ?? 0) - LEAST_SPAN_MS), ...axis, splitLine: { show: false }, splitNumber: 4, axisLabel: { ...axis.axisLabel, formatter: (value: number) => (span > 2 * DAY_MS ? shortTime(value) : clock(value)) } },
    yAxis: { type: "value", name: unit, nameTextStyle: { color: look.text, align: "left" }, min: 0, minInterval: kind === "bar" ? 1 : 0, ...axis, splitLine: { lineStyle: { color: look.line } }, axisLabel: { ...axis.axisLabel, formatter: (value: number) => short(value) } },
    series: series.map(({ name, values }, index) => ({
      type: kind,
      name,
      data: values.map((value, at) => [ts[at], value]),
      showSymbol: values.filter((value) => value !== null).length < 3,
      symbolSize: 6,
      barMaxWidth: isStacked ? 24 : 12,
      ...(isStacked ? { stack: "all" } : {}),
      lineStyle: { width: 2, type: index === 0 ? "solid" : "dashed" },
      connectNulls: false,
    })),
  };
}

function tooltip(at: number, ts: number[], series: Series[], unit: string): string {
  const lines = series.map(({ name, values }) => `${name}: ${values[at] === null || values[at] === undefined ? "–" : short(values[at])} ${unit}`);
  return [exact(ts[at] ?? 0), ...lines].join("\n");
}
