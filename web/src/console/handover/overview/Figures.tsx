import { Paper, Skeleton, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLoad } from "../../load";
import { duration, number } from "../../operations/units";
import { Broken } from "../../parts/Broken";
import type { Summary } from "../types";

/** The three figures that say whether it is all right. */
export function Figures({ version }: { version: number }) {
  const { t } = useTranslation();
  const { value, error, reload } = useLoad((signal) => call<Summary>("GET", "/departures/summary", { signal }), [version]);
  if (value === undefined) return error === null ? <div className="ops-cards"><Skeleton h={130} /><Skeleton h={130} /><Skeleton h={130} /></div> : <Broken error={error} onRetry={reload} />;
  const since = value.waiting_since_ts;
  return (
    <div className="ops-cards">
      <Figure title={t("handover.figure.underWay")} value={value.under_way}>{t("handover.figure.planned", { count: value.planned })}</Figure>
      <Figure title={t("handover.figure.waiting")} value={value.waiting}>
        {since === null ? t("handover.figure.noneWaits") : t("handover.figure.longest", { time: duration(Date.now() - since, t) })}
      </Figure>
      <Figure title={t("handover.figure.nobody")} value={value.nobody} isLate={value.nobody > 0}>{t(value.nobody > 0 ? "handover.figure.see" : "handover.figure.allHave")}</Figure>
    </div>
  );
}

function Figure({ title, value, isLate = false, children }: { title: string; value: number; isLate?: boolean; children: React.ReactNode }) {
  return (
    <Paper withBorder p="lg" className="ops-card">
      <Text fz="sm" c="dimmed">{title}</Text>
      <div className="ops-figure" data-late={isLate || undefined}>{number(value)}</div>
      <Text fz="sm" c="dimmed">{children}</Text>
    </Paper>
  );
}
