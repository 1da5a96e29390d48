import { Button, Group, Menu, Text } from "@mantine/core";
import { IconDots, IconUserOff } from "@tabler/icons-react";
import { EventType, type Room } from "matrix-js-sdk";
import { useTranslation } from "react-i18next";
import { goTo, useClient } from "../hooks";
import { usePerson } from "../people";
import { Face } from "../parts/Face";
import { useShowProfile } from "../parts/profiles";
import { useAction } from "../parts/useAction";
import { track } from "../track";

/** Who invites, to what, and what one can answer. */
export default function Invitation({ room }: { room: Room }) {
  const { t } = useTranslation();
  const client = useClient();
  const show = useShowProfile();
  const action = useAction();
  const mine = room.getMember(client.getSafeUserId())?.events.member;
  const by = usePerson(mine?.getSender() ?? "", room);
  const isDirect = mine?.getContent()["is_direct"] === true;
  const name = textOf(room, EventType.RoomName, "name");
  const topic = textOf(room, EventType.RoomTopic, "topic");
  const answer = (kind: "accept" | "refuse" | "ignore"): void => {
    track(`invitation_${kind}`, { room_id: room.roomId });
    void action.run(async () => {
      if (kind === "accept") {
        await client.joinRoom(room.roomId);
        return goTo({ page: "room", roomId: room.roomId });
      }
      await client.leave(room.roomId);
      return kind === "ignore" ? client.setIgnoredUsers([...new Set([...client.getIgnoredUsers(), by.userId])]) : undefined;
    });
  };
  const isBusy = action.state === "busy";
  return (
    <div className="invitation">
      <button type="button" className="person-link" onClick={() => show(by.userId)}>
        <Face name={by.name} mxc={by.mxc} />
        <span className="room-text">
          <span className="room-name">{by.name}</span>
          <span className="room-last">{t(name ? "invitation.toRoom" : isDirect ? "invitation.toChat" : "invitation.toUnnamed")}</span>
        </span>
      </button>
      {name && <Group gap="xs" wrap="nowrap"><Face name={name} mxc={room.getMxcAvatarUrl()} size={28} /><Text fz="sm" fw={600} lineClamp={2}>{name}</Text></Group>}
      {topic && <Text fz="xs" c="dimmed" lineClamp={3}>{topic}</Text>}
      {action.state === "failed" && <Text role="alert" fz="xs" c="var(--rk-danger)">{t("invitation.failed")}</Text>}
      <Group gap="xs" wrap="nowrap">
        <Button size="xs" h={36} flex={1} loading={isBusy} onClick={() => answer("accept")}>{t("invitation.accept")}</Button>
        <Button size="xs" h={36} flex={1} variant="default" disabled={isBusy} onClick={() => answer("refuse")}>{t("invitation.refuse")}</Button>
        <Menu position="bottom-end">
          <Menu.Target><Button size="xs" h={36} px="xs" variant="default" disabled={isBusy} aria-label={t("invitation.more", { name: by.name })}><IconDots size={18} /></Button></Menu.Target>
          <Menu.Dropdown><Menu.Item color="red" leftSection={<IconUserOff size={18} />} onClick={() => answer("ignore")}>{t("invitation.ignore", { name: by.name })}</Menu.Item></Menu.Dropdown>
        </Menu>
      </Group>
    </div>
  );
}

/** What the invitation tells of a room. spec: client-server §Stripped state */
function textOf(room: Room, type: string, field: string): string {
  const text: unknown = room.currentState.getStateEvents(type, "")?.getContent()[field];
  return typeof text === "string" ? text : "";
}
