import { Tabs } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { may, useMe } from "../me";
import { PageBody } from "../parts/PageBody";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { go, useRoute } from "../route";
import "./safety.css";

const VIEWS = {
  events: { permission: "safety.events", component: lazy(() => import("./EventsView")) },
  organisations: { permission: "safety.organisations", component: lazy(() => import("./OrganisationsView")) },
  guardians: { permission: "safety.people", component: lazy(() => import("./GuardiansView")) },
  feeds: { permission: "safety.feeds", component: lazy(() => import("./FeedsView")) },
} as const;
type View = keyof typeof VIEWS;

/** What happens now and who was asked; who is responsible for what; guardians of minors; alerts of feeds. */
export default function SafetyPage() {
  const { t } = useTranslation();
  const me = useMe();
  const asked = useRoute().query.get("view");
  const views = (Object.keys(VIEWS) as View[]).filter((one) => may(me, VIEWS[one].permission));
  const view = views.find((one) => one === asked) ?? views[0] ?? "events";
  const Shown = VIEWS[view].component;
  return (
    <PageBody title={t("console.pages.safety")}>
      <Tabs value={view} onChange={(value) => go("safety", null, { view: value })} keepMounted={false} className="tabs">
        <Tabs.List className="scroll-tabs">{views.map((one) => <Tabs.Tab key={one} value={one} h={44}>{t(`safetyDesk.view.${one}`)}</Tabs.Tab>)}</Tabs.List>
        {views.map((one) => (
          <Tabs.Panel key={one} value={one} pt="md" className="tab-panel">
            {one === view && <Suspense fallback={<div aria-busy="true"><RowsSkeleton /></div>}><Shown /></Suspense>}
          </Tabs.Panel>
        ))}
      </Tabs>
    </PageBody>
  );
}
