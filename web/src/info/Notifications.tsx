import { SegmentedControl, Text } from "@mantine/core";
import { ClientEvent, EventType, type IPushRule, type IPushRules, type MatrixClient, PushRuleActionName, PushRuleKind, type Room } from "matrix-js-sdk";
import { useTranslation } from "react-i18next";
import { useClient, useVersion } from "../hooks";
import { useAction } from "../parts/useAction";
import { track } from "../track";

const LEVELS = ["all", "mentions", "mute"] as const;
type Level = (typeof LEVELS)[number];
const RULE_EVENTS: readonly string[] = [ClientEvent.AccountData];

/** Of which messages of this room one is told. */
export function Notifications({ room }: { room: Room }) {
  const { t } = useTranslation();
  const client = useClient();
  useVersion(client, RULE_EVENTS);
  const action = useAction();
  const choose = (level: Level): void => {
    track("room_notifications", { room_id: room.roomId, level });
    void action.run(() => setLevel(client, room.roomId, level));
  };
  return (
    <section>
      <Text fz="sm" fw={600} mb={4}>{t("info.notifications")}</Text>
      <SegmentedControl
        fullWidth aria-label={t("info.notifications")} disabled={action.state === "busy"} value={levelOf(client, room.roomId)}
        data={LEVELS.map((value) => ({ value, label: t(`info.level.${value}`) }))} onChange={(value) => choose(value as Level)}
      />
      {action.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{t("settings.saveFailed")}</Text>}
    </section>
  );
}

/** All of them is what applies without a rule: a room is muted by an override, and kept to mentions by a room rule. */
function levelOf(client: MatrixClient, roomId: string): Level {
  const rules = (client.getAccountData(EventType.PushRules)?.getContent<IPushRules>() ?? client.pushRules)?.global;
  const isSilent = (rule: IPushRule | undefined): boolean => rule !== undefined && rule.enabled && !rule.actions.includes(PushRuleActionName.Notify);
  if (isSilent(rules?.override?.find((rule) => rule.rule_id === roomId))) return "mute";
  return isSilent(rules?.room?.find((rule) => rule.rule_id === roomId)) ? "mentions" : "all";
}

async function setLevel(client: MatrixClient, roomId: string, level: Level): Promise<void> {
  const has = (rules: IPushRule[] | undefined): boolean => rules?.some((rule) => rule.rule_id === roomId) ?? false;
  const { global } = await client.getPushRules();
  if (level === "mute") {
    await client.addPushRule("global", PushRuleKind.Override, roomId, { conditions: [{ kind: "event_match", key: "room_id", pattern: roomId }], actions: [] } as never);
  } else if (has(global.override)) {
    await client.deletePushRule("global", PushRuleKind.Override, roomId);
  }
  if (level === "mentions") await client.addPushRule("global", PushRuleKind.RoomSpecific, roomId, { actions: [] } as never);
  else if (has(global.room)) await client.deletePushRule("global", PushRuleKind.RoomSpecific, roomId);
}
