import { Button, SegmentedControl, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { EventType, Preset, Visibility } from "matrix-js-sdk";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { goTo, useClient } from "../hooks";
import { useAction } from "../parts/useAction";
import { track } from "../track";

/** A room for several people: by invitation, or for everybody on this server. */
export function NewRoom({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const action = useAction();
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const [alias, setAlias] = useState("");
  const [isPublic, setPublic] = useState(false);
  const [isEncrypted, setEncrypted] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    track("room_create", { public: isPublic, encrypted: isEncrypted });
    const encryption = { type: EventType.RoomEncryption, state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
    const isMade = await action.run(async () => {
      const { room_id: roomId } = await client.createRoom({
        name: name.trim(), ...(topic.trim() ? { topic: topic.trim() } : {}),
        preset: isPublic ? Preset.PublicChat : Preset.PrivateChat, visibility: isPublic ? Visibility.Public : Visibility.Private,
        ...(isPublic && alias.trim() ? { room_alias_name: alias.trim() } : {}), ...(isEncrypted ? { initial_state: [encryption] } : {}),
      });
      goTo({ page: "room", roomId });
    });
    if (isMade) onDone();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput data-autofocus label={t("info.name")} required size="md" maxLength={255} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Textarea label={t("info.topic")} size="md" autosize minRows={2} maxRows={5} maxLength={2000} value={topic} onChange={(event) => setTopic(event.currentTarget.value)} />
        <SegmentedControl fullWidth aria-label={t("create.who")} value={isPublic ? "public" : "private"} data={[{ value: "private", label: t("create.private") }, { value: "public", label: t("create.public") }]} onChange={(value) => setPublic(value === "public")} />
        {isPublic && <TextInput label={t("create.alias")} description={`#${alias.trim() || "…"}:${client.getDomain() ?? ""}`} size="md" maxLength={200} value={alias} onChange={(event) => setAlias(event.currentTarget.value)} />}
        <Switch label={t("create.encrypted")} description={t("create.encryptedText")} checked={isEncrypted} onChange={(event) => setEncrypted(event.currentTarget.checked)} />
        {action.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why ?? t("sure.failed")}</Text>}
        <Button type="submit" size="md" loading={action.state === "busy"} disabled={name.trim() === ""}>{t("create.make")}</Button>
      </Stack>
    </form>
  );
}
