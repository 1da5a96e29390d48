import { ActionIcon, Button, Group, SegmentedControl, Skeleton, Stack, Table, Text, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import type { IMyDevice } from "matrix-js-sdk";
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { goTo, hrefOf, useClient } from "../hooks";
import { LanguageChoice } from "../parts/LanguageChoice";
import { Failed } from "../parts/States";
import { exact, short } from "../times";
import { About } from "./About";
import { Attachments } from "./Attachments";
import { EndDevice } from "./EndDevice";
import { Notifications } from "./Notifications";
import { PresenceChoice } from "./PresenceChoice";
import { Profile } from "./Profile";
import { Section } from "./Section";

const Tracking = lazy(async () => (await import("../tracking/choose")).load());

export default function Settings({ onSignOut }: { onSignOut: () => Promise<void> }) {
  const { t } = useTranslation();
  return (
    <>
      <header className="head">
        <ActionIcon className="only-narrow" size={44} variant="subtle" color="gray" aria-label={t("room.back")} onClick={() => goTo({ page: "home" })}>
          <IconArrowLeft size={20} />
        </ActionIcon>
        <div className="head-text"><h1>{t("settings.title")}</h1></div>
      </header>
      <div className="page">
        <Stack gap="xl">
          <Profile />
          <PresenceChoice />
          <Notifications />
          <Attachments />
          <Appearance />
          <Devices />
          <Keys />
          <Safety />
          <Suspense><Tracking /></Suspense>
          <About />
          <SignOut onSignOut={onSignOut} />
        </Stack>
      </div>
    </>
  );
}

function Appearance() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const schemes = (["auto", "light", "dark"] as const).map((value) => ({ value, label: t(`settings.scheme.${value}`) }));
  return (
    <Section title={t("settings.appearance")}>
      <SegmentedControl fullWidth aria-label={t("settings.schemeLabel")} data={schemes} value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)} />
      <LanguageChoice />
    </Section>
  );
}

function Devices() {
  const { t } = useTranslation();
  const client = useClient();
  const [devices, setDevices] = useState<IMyDevice[] | "failed" | null>(null);
  const load = useCallback(() => {
    setDevices(null);
    client.getDevices().then((answer) => setDevices(answer.devices), () => setDevices("failed"));
  }, [client]);
  useEffect(load, [load]);
  const [ended, setEnded] = useState<IMyDevice | null>(null);
  return (
    <Section title={t("settings.devices")}>
      {devices === null && <Skeleton h={88} />}
      {devices === "failed" && <Failed text={t("settings.devicesFailed")} onRetry={load} />}
      {Array.isArray(devices) && (
        <Table>
          <Table.Thead><Table.Tr><Table.Th>{t("settings.device")}</Table.Th><Table.Th>{t("settings.lastSeen")}</Table.Th><Table.Th><span className="visually-hidden">{t("settings.end")}</span></Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {devices.map((device) => (
              <Table.Tr key={device.device_id}>
                <Table.Td>
                  {device.display_name || device.device_id}
                  {device.device_id === client.getDeviceId() && <Text fz="xs" c="dimmed">{t("settings.thisDevice")}</Text>}
                </Table.Td>
                <Table.Td>{device.last_seen_ts ? <span title={exact(device.last_seen_ts)}>{short(device.last_seen_ts)}</span> : "–"}</Table.Td>
                <Table.Td ta="right">
                  {device.device_id !== client.getDeviceId() && (
                    <Button size="xs" variant="default" aria-label={t("settings.endNamed", { name: device.display_name || device.device_id })} onClick={() => setEnded(device)}>
                      {t("settings.end")}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <EndDevice device={ended} onClose={() => setEnded(null)} onDone={() => { setEnded(null); load(); }} />
    </Section>
  );
}

/** The keys of encrypted rooms have a page of their own. */
function Keys() {
  const { t } = useTranslation();
  return (
    <Section title={t("security.title")}>
      <Button className="wrapped" variant="default" h="auto" mih={44} maw="100%" component="a" href={hrefOf({ page: "security" })} style={{ alignSelf: "flex-start" }}>{t("settings.keys")}</Button>
    </Section>
  );
}

/** Who watches over whom, and what is shared, has a page of its own. */
function Safety() {
  const { t } = useTranslation();
  return (
    <Section title={t("rooms.safety")}>
      <Button className="wrapped" variant="default" h="auto" mih={44} maw="100%" component="a" href={hrefOf({ page: "safety" })} style={{ alignSelf: "flex-start" }}>{t("settings.safety")}</Button>
    </Section>
  );
}

/** Two steps: what is not sent yet, and the drafts, stay on no other device. */
function SignOut({ onSignOut }: { onSignOut: () => Promise<void> }) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const leave = (): void => {
    setBusy(true);
    void onSignOut();
  };
  if (!isAsking) return <Button variant="default" size="md" onClick={() => setAsking(true)}>{t("settings.signOut")}</Button>;
  return (
    <Section title={t("settings.signOutTitle")}>
      <Text fz="sm">{t("settings.signOutText")}</Text>
      <Group>
        <Button color="red.8" loading={isBusy} onClick={leave}>{t("settings.signOut")}</Button>
        <Button variant="default" disabled={isBusy} onClick={() => setAsking(false)}>{t("settings.stay")}</Button>
      </Group>
    </Section>
  );
}
