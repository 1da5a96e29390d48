import { Button, Group, SegmentedControl, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { track } from "../track";
import { chosenPresence, choosePresence, type Presence, PRESENCES } from "./presence";
import { Section } from "./Section";

const MOST_WORDS = 100;

/** Whether others see one as here, and a line on what one does. */
export function PresenceChoice() {
  const { t } = useTranslation();
  const client = useClient();
  const [presence, setPresence] = useState<Presence>(chosenPresence);
  const [status, setStatus] = useState(() => client.getUser(client.getSafeUserId())?.presenceStatusMsg ?? "");
  const [state, setState] = useState<"idle" | "saving" | "saved" | "failed">("idle");
  const save = async (chosen: Presence): Promise<void> => {
    setState("saving");
    track("presence_change", { presence: chosen });
    await choosePresence(client, chosen, status.trim()).then(() => setState("saved"), () => setState("failed"));
  };
  const choose = (value: string): void => {
    setPresence(value as Presence);
    void save(value as Presence);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void save(presence);
  };
  return (
    <Section title={t("status.title")}>
      <SegmentedControl fullWidth aria-label={t("status.label")} value={presence} onChange={choose} data={PRESENCES.map((value) => ({ value, label: t(`status.${value}`) }))} />
      <Text fz="sm" c="dimmed">{t(`status.${presence}Text`)}</Text>
      <form onSubmit={submit}>
        <Group align="flex-end">
          <TextInput
            flex={1} miw={180} size="md" label={t("status.words")} placeholder={t("status.example")} maxLength={MOST_WORDS} value={status}
            error={state === "failed" ? t("settings.saveFailed") : undefined} onChange={(event) => { setStatus(event.currentTarget.value); setState("idle"); }}
          />
          <Button type="submit" size="md" variant="light" loading={state === "saving"}>{t(state === "saved" ? "settings.saved" : "settings.save")}</Button>
        </Group>
      </form>
    </Section>
  );
}
