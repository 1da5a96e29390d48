import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { Broken } from "../../parts/Broken";
import { PageBody } from "../../parts/PageBody";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { Chart } from "../charts/Chart";
import { useLive } from "../live";
import { Stale } from "../Stale";
import type { Overview } from "../types";
import { Attention } from "./Attention";
import { Cards } from "./Cards";

const EVERY_MS = 5000;

/** Is it all right? Three figures, what needs somebody first, one chart. */
export default function OverviewPage() {
  const { t } = useTranslation();
  const { value, error, reload } = useLive((signal) => call<Overview>("GET", "/overview", { signal }), [], EVERY_MS);
  const data = useMemo(() => {
    if (value === undefined) return undefined;
    return { kind: "bar" as const, unit: t("operations.unit.perMinute"), ts: value.messages.ts, series: [{ name: t("operations.figure.sends"), values: value.messages.values }] };
  }, [value, t]);
  if (value === undefined && error !== null) return <PageBody title={t("operations.pages.overview")}><Broken error={error} onRetry={reload} /></PageBody>;
  if (value === undefined) return <PageBody title={t("operations.pages.overview")}><RowsSkeleton /></PageBody>;
  return (
    <PageBody title={t("operations.pages.overview")}>
      <Stale error={error} />
      <Cards overview={value} />
      <Attention overview={value} />
      <Chart title={t("operations.chart.minutes")} data={data} />
    </PageBody>
  );
}
