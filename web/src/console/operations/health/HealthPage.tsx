import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { Broken } from "../../parts/Broken";
import { PageBody } from "../../parts/PageBody";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { changeQuery, useRoute } from "../../route";
import { useLive } from "../live";
import { Stale } from "../Stale";
import type { Health } from "../types";
import { Charts, SPANS, type Span } from "./Charts";
import { Checks } from "./Checks";
import { Facts } from "./Facts";

const EVERY_MS = 5000;

/** How the server is: what is wrong and what to do, what it is, its figures over time. */
export default function HealthPage() {
  const { t } = useTranslation();
  const { query } = useRoute();
  const span = SPANS.find((one) => one === query.get("span")) ?? "hour";
  const { value, error, reload } = useLive((signal) => call<Health>("GET", "/health", { signal }), [], EVERY_MS);
  if (value === undefined && error !== null) return <PageBody title={t("operations.pages.health")}><Broken error={error} onRetry={reload} /></PageBody>;
  if (value === undefined) return <PageBody title={t("operations.pages.health")}><RowsSkeleton /></PageBody>;
  return (
    <PageBody title={t("operations.pages.health")} text={t("operations.health.intro", { host: value.server_name })}>
      <Stale error={error} />
      <Checks checks={value.checks} />
      <Facts health={value} />
      <div className="console-title">
        <h2 className="ops-heading">{t("operations.health.charts")}</h2>
        <SegmentedControl
          aria-label={t("operations.health.span")} value={span} data={SPANS.map((one) => ({ value: one, label: t(`operations.span.${one}`) }))}
          onChange={(chosen) => changeQuery({ span: chosen as Span })}
        />
      </div>
      <Charts span={span} />
    </PageBody>
  );
}
