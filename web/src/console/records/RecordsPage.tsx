import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { addWordsNow } from "../../i18n";
import { RecordView } from "../../records/RecordView";
import { PageBody } from "../parts/PageBody";
import { ViewTabs } from "../parts/ViewTabs";
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

function Views() {
  const { t } = useTranslation();
  return (
    <PageBody title={t("records.page")}>
      <ViewTabs page="records" views={VIEWS} label={(view) => t(`records.view.${view}`)} />
    </PageBody>
  );
}
