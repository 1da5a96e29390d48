import { SegmentedControl, Stack } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLive } from "../../operations/live";
import { Chart } from "../../operations/charts/Chart";
import { Stale } from "../../operations/Stale";
import { Broken } from "../../parts/Broken";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { changeQuery, useRoute } from "../../route";
import type { Detectors, Statistics } from "../types";
import { Causes } from "./Causes";
import { Figures } from "./Figures";
import { HOUR_MS, SPANS, type Span, verdictsOf, waitsOf } from "./figures";

const EVERY_MS = 10_000;
type Shown = { statistics: Statistics; day: Statistics; detectors: Detectors; until: number };

/** Is it all right? Three figures; what became of what was sent, how long that took, why. */
export default function OverviewView() {
  const { t } = useTranslation();
  const asked = useRoute().query.get("span");
  const span: Span = SPANS.find((one) => one.id === asked) ?? SPANS[0]!;
  const { value, error, reload } = useLive<Shown>(async (signal) => {
    const until = Date.now() + 1;
    const since = Math.floor((until - span.hours * HOUR_MS) / span.stepMs + 1) * span.stepMs;
    const statistics = await call<Statistics>("GET", "/screening/statistics", { query: { since, until, step: span.step }, signal });
    const day = await call<Statistics>("GET", "/screening/statistics", { query: { until }, signal });
    return { statistics, day, detectors: await call<Detectors>("GET", "/screening/detectors", { signal }), until };
  }, [span.id], EVERY_MS);
  const verdicts = useMemo(() => (value ? { kind: "bar" as const, unit: t("screening.unit.sends"), isStacked: true, ...verdictsOf(value.statistics.hours, span, value.until, t) } : undefined), [value, span, t]);
  const waits = useMemo(() => (value ? { kind: "line" as const, unit: "ms", ...waitsOf(value.statistics.hours, span, value.until, t) } : undefined), [value, span, t]);
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  return (
    <Stack>
      <Stale error={error} />
      <Figures statistics={value.day} detectors={value.detectors} />
      <SegmentedControl
        className="states" aria-label={t("screening.overview.span")} value={span.id} data={SPANS.map(({ id }) => ({ value: id, label: t(`screening.span.${id}`) }))}
        onChange={(id) => changeQuery({ span: id === SPANS[0]!.id ? null : id })}
      />
      <Chart title={t(span.step === "day" ? "screening.overview.verdictsByDay" : "screening.overview.verdicts")} data={verdicts} />
      <div className="charts">
        <Chart title={t("screening.overview.waits")} data={waits} />
        <Causes hours={value.statistics.hours} />
      </div>
    </Stack>
  );
}
