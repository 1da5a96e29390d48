import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { PageBody } from "../parts/PageBody";
import { ViewTabs } from "../parts/ViewTabs";
import "./repair.css";

const VIEWS = {
  reports: { permission: "repair.reports", component: lazy(() => import("./reports/ReportsView")) },
  incidents: { permission: "repair.reports", component: lazy(() => import("./incidents/IncidentsView")) },
  operations: { permission: "repair.read", component: lazy(() => import("./operations/OperationsView")) },
  statistics: { permission: "repair.read", component: lazy(() => import("./statistics/StatisticsView")) },
  flow: { permission: "repair.read", component: lazy(() => import("./flow/FlowView")) },
  plans: { permission: "repair.read", component: lazy(() => import("./plans/PlansView")) },
  volumes: { permission: "repair.read", component: lazy(() => import("./VolumesView")) },
  keys: { permission: "repair.keys", component: lazy(() => import("./keys/KeysView")) },
} as const;

/** What is reported and what is done about it; what somebody did and where it went wrong; what is tracked for which kind of trouble, how much, and from whom. */
export default function RepairPage() {
  const { t } = useTranslation();
  return (
    <PageBody title={t("console.pages.repair")}>
      <ViewTabs page="repair" views={VIEWS} label={(view) => t(`repairDesk.view.${view}`)} />
    </PageBody>
  );
}
