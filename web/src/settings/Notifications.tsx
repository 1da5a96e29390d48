import { Alert, Group, Switch, TextInput } from "@mantine/core";
import { IconBellOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useVersion } from "../hooks";
import { type Choices, permission, preferences, turnOn } from "../notify/preferences";
import { CHANGED } from "../parts/changing";
import { track } from "../track";
import { Section } from "./Section";

/** Whether and how this device tells about new messages. */
export function Notifications() {
  const { t } = useTranslation();
  useVersion(preferences, CHANGED);
  const choices = preferences.now;
  const state = permission();
  const isOn = choices.isOn && state === "granted";
  const change = (changed: Partial<Choices>): void => {
    track("notification_settings");
    preferences.change(changed);
  };
  const toggle = (wanted: boolean): void => {
    track("notification_settings", { on: wanted });
    if (wanted) void turnOn();
    else preferences.change({ isOn: false, wasRefused: true });
  };
  return (
    <Section title={t("notify.title")}>
      {(state === "denied" || state === "none") && (
        <Alert color="orange" variant="light" icon={<IconBellOff />}>{t(state === "denied" ? "notify.denied" : "notify.none")}</Alert>
      )}
      <Switch label={t("notify.on")} description={t("notify.onText")} checked={isOn} disabled={state === "denied" || state === "none"} onChange={(event) => toggle(event.currentTarget.checked)} />
      <Switch label={t("notify.sound")} checked={choices.hasSound} disabled={!isOn} onChange={(event) => change({ hasSound: event.currentTarget.checked })} />
      <Switch label={t("notify.quiet")} description={t("notify.quietText")} checked={choices.isQuiet} disabled={!isOn} onChange={(event) => change({ isQuiet: event.currentTarget.checked })} />
      {isOn && choices.isQuiet && (
        <Group grow>
          <TextInput type="time" size="md" label={t("notify.from")} value={choices.from} onChange={(event) => event.currentTarget.value && change({ from: event.currentTarget.value })} />
          <TextInput type="time" size="md" label={t("notify.to")} value={choices.to} onChange={(event) => event.currentTarget.value && change({ to: event.currentTarget.value })} />
        </Group>
      )}
    </Section>
  );
}
