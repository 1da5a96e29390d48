import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { Broken } from "../../parts/Broken";
import { Chart } from "../charts/Chart";
import { useLive } from "../live";
import type { History, Unit } from "../types";

export const SPANS = ["hour", "day", "week"] as const;
export type Span = (typeof SPANS)[number];

const HOUR_MS = 3_600_000;
const ASKED = { hour: { ms: HOUR_MS, resolution: 10 }, day: { ms: 24 * HOUR_MS, resolution: 300 }, week: { ms: 168 * HOUR_MS, resolution: 3600 } };
const EVERY_MS = 10_000;
const CHARTS: readonly { id: string; names: readonly string[] }[] = [
  { id: "sends", names: ["sends"] },
  { id: "commits", names: ["commit_p50", "commit_p99"] },
  { id: "queue", names: ["commit_queue"] },
  { id: "people", names: ["users_online", "sync_waiting"] },
  { id: "cpu", names: ["cpu"] },
  { id: "memory", names: ["memory"] },
  { id: "disk", names: ["disk_free"] },
  { id: "storage", names: ["database", "media"] },
];
const MIB = 1024 ** 2;
/** By what a figure is multiplied for its chart, and the unit of that. */
const SCALES: Readonly<Record<Unit, { factor: number; unit: string }>> = {
  count: { factor: 1, unit: "count" },
  bytes: { factor: 1 / MIB, unit: "MiB" },
  seconds: { factor: 1000, unit: "ms" },
  per_second: { factor: 60, unit: "perMinute" },
  share: { factor: 100, unit: "%" },
};

/** The figures over the last hour, day or week. */
export function Charts({ span }: { span: Span }) {
  const { ms, resolution } = ASKED[span];
  const { value, error, reload } = useLive(
    (signal) => call<History>("GET", "/health/history", { query: { from: Date.now() - ms, resolution }, signal }), [ms, resolution], EVERY_MS,
  );
  if (value === undefined && error !== null) return <Broken error={error} onRetry={reload} />;
  const history = value?.resolution === resolution ? value : undefined;
  return <div className="charts">{CHARTS.map(({ id, names }) => <OneChart key={id} id={id} names={names} history={history} />)}</div>;
}

function OneChart({ id, names, history }: { id: string; names: readonly string[]; history: History | undefined }) {
  const { t } = useTranslation();
  const data = useMemo(() => {
    if (history === undefined) return undefined;
    const { factor, unit } = SCALES[history.figures[names[0]!]?.unit ?? "count"];
    const series = names.map((name) => ({
      name: t(`operations.figure.${name}`),
      values: (history.figures[name]?.values ?? []).map((value) => (value === null ? null : value * factor)),
    }));
    return { kind: "line" as const, unit: t(`operations.unit.${unit}`, { defaultValue: unit }), ts: history.ts, series };
  }, [history, names, t]);
  return <Chart title={t(`operations.chart.${id}`)} data={data} />;
}
