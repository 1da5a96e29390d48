import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { PageBody } from "../parts/PageBody";
import { ViewTabs } from "../parts/ViewTabs";
import "./safety.css";

const VIEWS = {
  events: { permission: "safety.events", component: lazy(() => import("./EventsView")) },
  candidates: { permission: "safety.events", component: lazy(() => import("./CandidatesView")) },
  organisations: { permission: "safety.organisations", component: lazy(() => import("./OrganisationsView")) },
  guardians: { permission: "safety.people", component: lazy(() => import("./GuardiansView")) },
  feeds: { permission: "safety.feeds", component: lazy(() => import("./FeedsView")) },
} as const;

/** What happens now and who was asked; who is responsible for what; guardians of minors; alerts of feeds. */
export default function SafetyPage() {
  const { t } = useTranslation();
  return (
    <PageBody title={t("console.pages.safety")}>
      <ViewTabs page="safety" views={VIEWS} label={(view) => t(`safetyDesk.view.${view}`)} />
    </PageBody>
  );
}
