import { Tabs } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { may, useMe } from "../me";
import { PageBody } from "../parts/PageBody";
import { go, useRoute } from "../route";
import { LinksView } from "./LinksView";
import { RulesView } from "./RulesView";
import { SessionList } from "./SessionList";

export default function SessionsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const asked = useRoute().query.get("view");
  const views = ["list", ...(may(me, "sessions.write") ? ["links"] : []), ...(may(me, "routing.read") ? ["rules"] : [])];
  const view = asked !== null && views.includes(asked) ? asked : "list";
  return (
    <PageBody title={t("console.pages.sessions")}>
      <Tabs value={view} onChange={(value) => go("sessions", null, { view: value === "list" ? null : value })} keepMounted={false} className="tabs">
        <Tabs.List>{views.map((one) => <Tabs.Tab key={one} value={one} h={44}>{t(`console.sessions.view.${one}`)}</Tabs.Tab>)}</Tabs.List>
        <Tabs.Panel value="list" pt="md" className="tab-panel"><SessionList /></Tabs.Panel>
        <Tabs.Panel value="links" pt="md" className="tab-panel"><LinksView /></Tabs.Panel>
        <Tabs.Panel value="rules" pt="md"><RulesView /></Tabs.Panel>
      </Tabs>
    </PageBody>
  );
}
