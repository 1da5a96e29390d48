import { ActionIcon, Button, FileButton, Group, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { IconCamera, IconPencil } from "@tabler/icons-react";
import { EventType, type MatrixClient, type Room } from "matrix-js-sdk";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { Linked } from "../timeline/Formatted";
import { Face } from "../parts/Face";
import { useAction } from "../parts/useAction";
import { nameOf, pictureOf, sessionOf } from "../rooms";
import { track } from "../track";
import { maySet } from "./rights";

/** Name, topic and picture of a room; who may, changes them here. */
export function Identity({ room }: { room: Room }) {
  const { t } = useTranslation();
  const [isEditing, setEditing] = useState(false);
  const topic = topicOf(room);
  const mayEdit = sessionOf(room) === null && [EventType.RoomName, EventType.RoomTopic, EventType.RoomAvatar].some((type) => maySet(room, type));
  if (isEditing) return <EditIdentity room={room} onDone={() => setEditing(false)} />;
  return (
    <Stack align="center" gap="sm" ta="center">
      <Face name={nameOf(room)} mxc={pictureOf(room)} size={72} />
      <Group gap="xs" justify="center" wrap="nowrap">
        <Title order={3} fz="lg" style={{ overflowWrap: "anywhere" }}>{nameOf(room)}</Title>
        {mayEdit && <ActionIcon size={44} variant="subtle" color="gray" aria-label={t("info.edit")} onClick={() => setEditing(true)}><IconPencil size={18} /></ActionIcon>}
      </Group>
      {topic && <Text fz="sm" className="topic"><Linked text={topic} /></Text>}
    </Stack>
  );
}

function topicOf(room: Room): string {
  const topic: unknown = room.currentState.getStateEvents(EventType.RoomTopic, "")?.getContent()["topic"];
  return typeof topic === "string" ? topic : "";
}

function nameGiven(room: Room): string {
  const name: unknown = room.currentState.getStateEvents(EventType.RoomName, "")?.getContent()["name"];
  return typeof name === "string" ? name : "";
}

function EditIdentity({ room, onDone }: { room: Room; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [name, setName] = useState(nameGiven(room));
  const [topic, setTopic] = useState(topicOf(room));
  const [picture, setPicture] = useState<File | null>(null);
  const action = useAction();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    track("room_change", { room_id: room.roomId });
    if (await action.run(() => save(client, room, name.trim(), topic.trim(), picture))) onDone();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {maySet(room, EventType.RoomAvatar) && (
          <Group>
            <Face name={nameOf(room)} mxc={pictureOf(room)} size={60} />
            <FileButton accept="image/png,image/jpeg,image/gif,image/webp" onChange={setPicture} inputProps={{ "aria-label": t("info.picture") }}>
              {(props) => <Button {...props} variant="default" leftSection={<IconCamera size={18} />}>{picture?.name ?? t("info.picture")}</Button>}
            </FileButton>
          </Group>
        )}
        <TextInput label={t("info.name")} size="md" maxLength={255} disabled={!maySet(room, EventType.RoomName)} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Textarea label={t("info.topic")} size="md" autosize minRows={2} maxRows={6} maxLength={2000} disabled={!maySet(room, EventType.RoomTopic)} value={topic} onChange={(event) => setTopic(event.currentTarget.value)} />
        {action.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why ?? t("settings.saveFailed")}</Text>}
        <Group>
          <Button type="submit" loading={action.state === "busy"}>{t("settings.save")}</Button>
          <Button variant="default" onClick={onDone}>{t("sure.no")}</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Only what was changed is sent. */
async function save(client: MatrixClient, room: Room, name: string, topic: string, picture: File | null): Promise<void> {
  if (name !== nameGiven(room)) await client.setRoomName(room.roomId, name);
  if (topic !== topicOf(room)) await client.setRoomTopic(room.roomId, topic);
  if (picture === null) return;
  const { content_uri: url } = await client.uploadContent(picture, { type: picture.type, name: picture.name });
  await client.sendStateEvent(room.roomId, EventType.RoomAvatar, { url, info: { mimetype: picture.type, size: picture.size } });
}
