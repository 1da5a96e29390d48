import { Tabs } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { may, useMe } from "../me";
import { PageBody } from "../parts/PageBody";
import { go, useRoute } from "../route";
import { ServerSettings } from "./ServerSettings";
import { Tokens } from "./Tokens";

export default function SettingsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const asked = useRoute().query.get("view");
  const views = [...(may(me, "settings.read") ? ["server"] : []), ...(may(me, "provisioning.read") ? ["tokens"] : [])];
  const view = asked !== null && views.includes(asked) ? asked : (views[0] ?? "server");
  return (
    <PageBody title={t("console.pages.settings")}>
      <Tabs value={view} onChange={(value) => go("settings", null, { view: value === views[0] ? null : value })} keepMounted={false} className="tabs">
        <Tabs.List>{views.map((one) => <Tabs.Tab key={one} value={one} h={44}>{t(`console.settings.view.${one}`)}</Tabs.Tab>)}</Tabs.List>
        <Tabs.Panel value="server" pt="md"><ServerSettings /></Tabs.Panel>
        <Tabs.Panel value="tokens" pt="md" className="tab-panel"><Tokens /></Tabs.Panel>
      </Tabs>
    </PageBody>
  );
}
