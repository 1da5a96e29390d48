import { Button, Group, Paper, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ROOM_EVENTS } from "../chat/events";
import { useClient, useVersion } from "../hooks";
import { CHANGED } from "../parts/changing";
import { listedRooms, unreadOf } from "../rooms";
import { track } from "../track";
import { showUnread } from "./badge";
import { notifierOf } from "./notifier";
import { permission, preferences, turnOn } from "./preferences";

/** Tells about new messages. Asks for leave when somebody has missed one, never before. */
export function AskToNotify() {
  const { t } = useTranslation();
  const client = useClient();
  const notifier = notifierOf(client);
  useVersion(notifier, CHANGED);
  useVersion(preferences, CHANGED);
  useVersion(client, ROOM_EVENTS);
  const [isBusy, setBusy] = useState(false);
  const unread = listedRooms(client).reduce((sum, room) => sum + unreadOf(room), 0);
  useEffect(() => showUnread(unread), [unread]);
  if (!notifier.hasMissed || preferences.now.isOn || preferences.now.wasRefused || permission() !== "default") return null;
  const answer = async (yes: boolean): Promise<void> => {
    track("notification_ask", { yes });
    setBusy(true);
    if (yes) await turnOn();
    else preferences.change({ wasRefused: true });
    setBusy(false);
  };
  return (
    <Paper className="ask" withBorder p="md" role="region" aria-label={t("notify.askLabel")}>
      <Text fz="sm" mb="sm">{t("notify.ask")}</Text>
      <Group gap="sm">
        <Button size="sm" mih={44} loading={isBusy} onClick={() => void answer(true)}>{t("notify.yes")}</Button>
        <Button size="sm" mih={44} variant="default" onClick={() => void answer(false)}>{t("notify.no")}</Button>
      </Group>
    </Paper>
  );
}
