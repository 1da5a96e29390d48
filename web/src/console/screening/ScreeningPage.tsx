import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { PageBody } from "../parts/PageBody";
import { ViewTabs } from "../parts/ViewTabs";

const VIEWS = {
  overview: { permission: "screening.read", component: lazy(() => import("./overview/OverviewView")) },
  queue: { permission: "screening.review", component: lazy(() => import("./queue/QueueView")) },
  policies: { permission: "screening.read", component: lazy(() => import("./policies/PoliciesView")) },
  lists: { permission: "screening.read", component: lazy(() => import("./lists/ListsView")) },
  known: { permission: "known_media.read", component: lazy(() => import("./known/KnownView")) },
  detectors: { permission: "screening.read", component: lazy(() => import("./detectors/DetectorsView")) },
} as const;

/** What is checked before others see it: is it all right, what waits, by which rules, who looks. */
export default function ScreeningPage() {
  const { t } = useTranslation();
  return (
    <PageBody title={t("screening.page")}>
      <ViewTabs page="screening" views={VIEWS} label={(view) => t(`screening.view.${view}`)} />
    </PageBody>
  );
}
