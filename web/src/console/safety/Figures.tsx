import { Anchor, Paper, Stack, Text } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Chart } from "../operations/charts/Chart";
import { useLive } from "../operations/live";
import { Stale } from "../operations/Stale";
import { number } from "../operations/units";
import { Broken } from "../parts/Broken";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { hrefOf } from "../route";
import type { Overview } from "./types";

const EVERY_MS = 10_000;

/** Three figures and a chart: what goes on, who was asked and came, how many can be found. */
export function Figures({ version }: { version: number }) {
  const { t } = useTranslation();
  const { value, error, reload } = useLive<Overview>((signal) => call<Overview>("GET", "/safety/overview", { signal }), [version], EVERY_MS);
  const data = useMemo(() => (value ? { kind: "bar" as const, unit: t("safetyDesk.unit"), ts: value.ts, series: [{ name: t("safetyDesk.raised"), values: value.raised }] } : undefined), [value, t]);
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  const now = value.open + value.handled;
  return (
    <Stack mb="md">
      <Stale error={error} />
      <div className="ops-cards">
        <Card title={t("safetyDesk.figures.now")} value={number(now)} isLate={value.open > 0}>{t("safetyDesk.figures.nowText", { open: number(value.open), handled: number(value.handled), countdown: number(value.countdown), resolved: number(value.resolved) })}{value.candidates > 0 && <><br /><Anchor fz="sm" href={hrefOf("safety", null, { view: "candidates" })}>{t("safetyDesk.figures.candidates", { count: value.candidates })}</Anchor></>}</Card>
        <Card title={t("safetyDesk.figures.came")} value={number(value.came)}>{t("safetyDesk.figures.cameText", { asked: number(value.asked), found: number(value.found) })}</Card>
        <Card title={t("safetyDesk.figures.sharing")} value={number(value.sharing)}>{t("safetyDesk.figures.sharingText")}</Card>
      </div>
      <Chart title={t("safetyDesk.figures.chart")} data={data} />
    </Stack>
  );
}

function Card({ title, value, isLate = false, children }: { title: string; value: string; isLate?: boolean; children: ReactNode }) {
  return (
    <Paper withBorder p="lg" className="ops-card">
      <Text fz="sm" c="dimmed">{title}</Text>
      <div className="ops-figure" data-late={isLate || undefined}>{value}</div>
      <Text fz="sm" c="dimmed" component="div">{children}</Text>
    </Paper>
  );
}
