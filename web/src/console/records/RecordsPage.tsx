import { Tabs } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { addWordsNow } from "../../i18n";
import { RecordView } from "../../records/RecordView";
import { may, useMe } from "../me";
import { PageBody } from "../parts/PageBody";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { go, useRoute } from "../route";
import { agentWords } from "./agents/words";
import { RecordActions } from "./RecordActions";

const VIEWS = {
  list: { permission: "records.view", component: lazy(() => import("./ListView")) },
  exports: { permission: "records.export", component: lazy(() => import("./ExportsView")) },
  holds: { permission: "records.hold", component: lazy(() => import("./HoldsView")) },
  policies: { permission: "records.policies", component: lazy(() => import("./PoliciesView")) },
  agents: { permission: "records.policies", component: lazy(async () => (await Promise.all([import("./agents/AgentsView"), addWordsNow(agentWords)]))[0]) },
} as const;
type View = keyof typeof VIEWS;

/** What was said: is it all right, all records, one of them; exports, holds, policies; agents on desktops. */
export default function RecordsPage() {
  const { subject, query } = useRoute();
  if (subject === null || VIEWS[query.get("view") as View] !== undefined) return <Views />;
  const back = new URLSearchParams(query);
  back.delete("entry");
  const start = Number(query.get("entry")) || null;
  return (
    <div className="console-page record-console">
      <RecordView key={subject} place={{ recordId: subject }} start={start} onBack={() => go("records", null, back)} actions={(details, changed) => <RecordActions details={details} onChanged={changed} />} />
    </div>
  );
}

/** On narrow screens, tabs are scrolled. */
function intoView(tab: HTMLButtonElement | null): void {
  tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function Views() {
  const { t } = useTranslation();
  const me = useMe();
  const asked = useRoute().query.get("view");
  const views = (Object.keys(VIEWS) as View[]).filter((one) => may(me, VIEWS[one].permission));
  const view = views.find((one) => one === asked) ?? "list";
  const Shown = VIEWS[view].component;
  return (
    <PageBody title={t("records.page")}>
      <Tabs value={view} onChange={(value) => go("records", null, { view: value === "list" ? null : value })} keepMounted={false} className="tabs">
        <Tabs.List className="scroll-tabs">{views.map((one) => <Tabs.Tab key={one} value={one} h={44} ref={one === view ? intoView : null}>{t(`records.view.${one}`)}</Tabs.Tab>)}</Tabs.List>
        {views.map((one) => (
          <Tabs.Panel key={one} value={one} pt="md" className="tab-panel">
            {one === view && <Suspense fallback={<div aria-busy="true"><RowsSkeleton /></div>}><Shown /></Suspense>}
          </Tabs.Panel>
        ))}
      </Tabs>
    </PageBody>
  );
}
