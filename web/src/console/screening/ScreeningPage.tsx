import { Tabs } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { may, useMe } from "../me";
import { PageBody } from "../parts/PageBody";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { go, useRoute } from "../route";

const VIEWS = {
  overview: { permission: "screening.read", component: lazy(() => import("./overview/OverviewView")) },
  queue: { permission: "screening.review", component: lazy(() => import("./queue/QueueView")) },
  policies: { permission: "screening.read", component: lazy(() => import("./policies/PoliciesView")) },
  lists: { permission: "screening.read", component: lazy(() => import("./lists/ListsView")) },
  known: { permission: "known_media.read", component: lazy(() => import("./known/KnownView")) },
  detectors: { permission: "screening.read", component: lazy(() => import("./detectors/DetectorsView")) },
} as const;
type View = keyof typeof VIEWS;

/** What is checked before others see it: is it all right, what waits, by which rules, who looks. */
export default function ScreeningPage() {
  const { t } = useTranslation();
  const me = useMe();
  const asked = useRoute().query.get("view");
  const views = (Object.keys(VIEWS) as View[]).filter((one) => may(me, VIEWS[one].permission));
  const view = views.find((one) => one === asked) ?? views[0] ?? "overview";
  const Shown = VIEWS[view].component;
  return (
    <PageBody title={t("screening.page")}>
      <Tabs value={view} onChange={(value) => go("screening", null, { view: value })} keepMounted={false} className="tabs">
        <Tabs.List className="scroll-tabs">{views.map((one) => <Tabs.Tab key={one} value={one} h={44}>{t(`screening.view.${one}`)}</Tabs.Tab>)}</Tabs.List>
        {views.map((one) => (
          <Tabs.Panel key={one} value={one} pt="md" className="tab-panel">
            {one === view && <Suspense fallback={<div aria-busy="true"><RowsSkeleton /></div>}><Shown /></Suspense>}
          </Tabs.Panel>
        ))}
      </Tabs>
    </PageBody>
  );
}
