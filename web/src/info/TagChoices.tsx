import { Stack, Switch } from "@mantine/core";
import { type Room, RoomEvent } from "matrix-js-sdk";
import { useTranslation } from "react-i18next";
import { useClient, useVersion } from "../hooks";
import { useAction } from "../parts/useAction";
import { track } from "../track";

const TAGS = { favourite: "m.favourite", low: "m.lowpriority" } as const;
const TAG_EVENTS: readonly string[] = [RoomEvent.Tags];

/** Where a room stands in the list: before the others or after them. */
export function TagChoices({ room }: { room: Room }) {
  const { t } = useTranslation();
  const client = useClient();
  useVersion(room, TAG_EVENTS);
  const action = useAction();
  const set = (name: keyof typeof TAGS, isOn: boolean): void => {
    track("room_tag", { room_id: room.roomId, tag: name, on: isOn });
    const other = TAGS[name === "favourite" ? "low" : "favourite"];
    void action.run(async () => {
      if (!isOn) return client.deleteRoomTag(room.roomId, TAGS[name]);
      if (room.tags[other]) await client.deleteRoomTag(room.roomId, other);
      return client.setRoomTag(room.roomId, TAGS[name], { order: 0.5 });
    });
  };
  return (
    <Stack gap="sm">
      {(["favourite", "low"] as const).map((name) => (
        <Switch
          key={name} size="md" label={t(`info.${name}`)} checked={room.tags[TAGS[name]] !== undefined} disabled={action.state === "busy"}
          onChange={(event) => set(name, event.currentTarget.checked)}
        />
      ))}
    </Stack>
  );
}
