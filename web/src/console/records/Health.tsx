import { Button, Paper, Stack, Text } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Chart } from "../operations/charts/Chart";
import { useLive } from "../operations/live";
import { Stale } from "../operations/Stale";
import { duration, number } from "../operations/units";
import { agoWords } from "../parts/Ago";
import { ActionFailed, useAction } from "../parts/action";
import { Broken } from "../parts/Broken";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { hrefOf } from "../route";
import type { Overview } from "./types";

const EVERY_MS = 10_000;

/** Is it all right? What was recorded, whether checkpoints are made and leave the machine, whether all chains hold. */
export function Health() {
  const { t } = useTranslation();
  const { value, error, reload } = useLive<Overview>((signal) => call<Overview>("GET", "/records/overview", { signal }), [], EVERY_MS);
  const data = useMemo(() => (value ? { kind: "bar" as const, unit: t("records.unit"), ts: value.ts, series: [{ name: t("records.health.entries"), values: value.entries }] } : undefined), [value, t]);
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  return (
    <Stack mb="md">
      <Stale error={error} />
      <div className="ops-cards">
        <Card title={t("records.health.today")} value={number(value.entries.reduce((sum, one) => sum + one, 0))}>{t("records.health.total", { count: value.total, all: number(value.total) })}</Card>
        <Checkpoint overview={value} />
        <Verification overview={value} onStarted={reload} />
      </div>
      <Chart title={t("records.health.chart")} data={data} />
    </Stack>
  );
}

function Card({ title, value, isBad = false, children }: { title: string; value: string; isBad?: boolean; children: ReactNode }) {
  return (
    <Paper withBorder p="lg" className="ops-card">
      <Text fz="sm" c="dimmed">{title}</Text>
      <div className="ops-figure" data-late={isBad || undefined}>{value}</div>
      <Text fz="sm" c="dimmed" component="div">{children}</Text>
    </Paper>
  );
}

function Checkpoint({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { checkpoint, targets } = overview;
  const failing = targets.filter((one) => one.failing_ts !== null);
  const went = targets.length === 0 ? t("records.health.stays") : failing.length > 0 ? t("records.health.late", { names: failing.map((one) => one.target).join(", ") }) : t("records.health.leaves", { names: targets.map((one) => one.target).join(", ") });
  return (
    <Card title={t("records.health.checkpoint")} value={checkpoint.ts === null ? "–" : duration(Date.now() - checkpoint.ts, t)} isBad={failing.length > 0}>
      {went} {checkpoint.waiting > 0 && t("records.health.waiting", { count: checkpoint.waiting })}
    </Card>
  );
}

function Verification({ overview, onStarted }: { overview: Overview; onStarted: () => void }) {
  const { t } = useTranslation();
  const action = useAction("records_verify_all");
  const told = overview.verification;
  const isUnderWay = told !== null && (told.state === "queued" || told.state === "running");
  const start = (): void => void action.run(async () => { await call("POST", "/records/verifications", { body: {} }); onStarted(); });
  const value = told === null ? "–" : told.broken.length > 0 ? t("records.health.broken", { count: told.broken.length }) : isUnderWay ? t("records.health.checking") : told.state === "succeeded" ? t("records.health.well") : t("records.health.failed");
  return (
    <Card title={t("records.health.chains")} value={value} isBad={(told?.broken.length ?? 0) > 0}>
      {told === null ? t("records.health.never") : t("records.health.checked", { count: told.checked, all: number(told.checked), ago: agoWords(told.finished_ts ?? told.started_ts) })}
      {told?.broken.slice(0, 3).map((one) => <div key={`${one.record_id} ${one.seq}`}><a href={hrefOf("records", one.record_id, { entry: String(one.seq) })}>{t("records.health.place", { seq: one.seq })}</a></div>)}
      <div><Button mt="xs" h={44} variant="default" loading={isUnderWay || action.isBusy} onClick={start}>{t("records.health.check")}</Button></div>
      <ActionFailed error={action.error} />
    </Card>
  );
}
