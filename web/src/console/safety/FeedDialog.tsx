import { NumberInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";
import type { Feed } from "./types";

const MINUTES = 5;
const DAY = 1440;

/** What is fetched, and how often; it is fetched at once. */
export function FeedDialog({ feed, onDone, onClose }: { feed: Feed | null; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("safety_feed_save");
  const [name, setName] = useState(feed?.name ?? "");
  const [url, setUrl] = useState(feed?.url ?? "https://");
  const [minutes, setMinutes] = useState(feed?.minutes ?? MINUTES);
  const save = async (): Promise<void> => {
    const body = { name: name.trim(), url: url.trim(), minutes };
    const isDone = await action.run(async () => {
      const made = await call<Feed>(feed ? "PUT" : "POST", feed ? `/safety/feeds/${feed.feed_id}` : "/safety/feeds", { body });
      // What comes of it is to be seen now.
      await call("POST", `/safety/feeds/${made.feed_id}/fetch`);
    });
    if (isDone) { onDone(); onClose(); }
  };
  return (
    <Confirm opened title={t(feed ? "safetyDesk.feeds.change" : "safetyDesk.feeds.add")} label={t("safetyDesk.feeds.save")} action={action} onConfirm={() => void save()} onClose={onClose}>
      <TextInput size="md" required label={t("console.name")} description={t("safetyDesk.feeds.nameText")} maxLength={200} value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      <TextInput size="md" required type="url" label={t("safetyDesk.feeds.url")} description={t("safetyDesk.feeds.urlText")} maxLength={1000} value={url} onChange={(event) => setUrl(event.currentTarget.value)} />
      <NumberInput size="md" label={t("safetyDesk.feeds.minutes")} min={1} max={DAY} allowDecimal={false} value={minutes} onChange={(value) => setMinutes(Math.min(DAY, Math.max(1, Number(value) || 1)))} />
    </Confirm>
  );
}
