import { useTranslation } from "react-i18next";
import { Bars } from "../../operations/charts/Bars";
import { CHART_TONES } from "../marks";
import { type Status, STATUSES } from "../types";
import type { NamedDeparture } from "./columns";

/** Of each of the newest departures, what became of its customers. */
export function StatusChart({ departures }: { departures: readonly NamedDeparture[] }) {
  const { t } = useTranslation();
  const shown = departures.filter((one) => Object.keys(one.statuses).length > 0);
  const part = (status: Status) => ({ name: t(`handover.status.${status}`), tone: CHART_TONES[status], values: shown.map((one) => one.statuses[status] ?? 0) });
  return <Bars title={t("handover.chart.statuses")} unit={t("handover.chart.customers")} rows={shown.map((one) => one.name)} parts={STATUSES.map(part)} empty={t("handover.chart.empty")} />;
}
