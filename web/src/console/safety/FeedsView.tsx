import { Alert, Button, FileButton, Group, Stack, Textarea, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import type { SafetyEvent } from "../../safety/types";
import { may, useMe } from "../me";
import { ActionFailed, useAction } from "../parts/action";
import { PageDrawer } from "../parts/PageDrawer";
import { useRoute } from "../route";
import { EventDrawer } from "./EventDrawer";
import { EventTable } from "./EventTable";
import { FeedList } from "./FeedList";

const MOST_BYTES = 512 * 1024;
type Answer = { outcome: "taken" | "ignored"; event: SafetyEvent | null };

/** Feeds that are fetched, an alert sent in by hand, and all alerts that came. */
export default function FeedsView() {
  const { t } = useTranslation();
  const me = useMe();
  const { subject } = useRoute();
  // A row of either list may be open: ids of feeds say what they are.
  const isEvent = subject !== null && !subject.startsWith("feed");
  const [version, setVersion] = useState(0);
  const changed = (): void => setVersion((before) => before + 1);
  return (
    <Stack className="tab-panel">
      <FeedList onFetched={changed} />
      <SendIn onDone={changed} />
      <Title order={2} fz="lg">{t("safetyDesk.feeds.alerts")}</Title>
      <EventTable version={version} source="cap" />
      {may(me, "safety.events") && <PageDrawer opened={isEvent} title={t("safetyDesk.event")} size={640}>{isEvent && <EventDrawer key={subject} eventId={subject} onChanged={changed} />}</PageDrawer>}
    </Stack>
  );
}

function SendIn({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const action = useAction("safety_feed");
  const [xml, setXml] = useState("");
  const [answer, setAnswer] = useState<Answer | null>(null);
  const isTooLarge = new Blob([xml]).size > MOST_BYTES;
  const read = (file: File | null): void => void file?.text().then(setXml);
  const send = async (): Promise<void> => {
    setAnswer(null);
    const is = await action.run(async () => setAnswer(await call<Answer>("POST", "/safety/cap", { body: new Blob([xml], { type: "application/cap+xml" }) })));
    if (!is) return;
    setXml("");
    onDone();
  };
  return (
    <section className="send-in" aria-label={t("safetyDesk.feeds.byHand")}>
      <Title order={2} fz="lg">{t("safetyDesk.feeds.byHand")}</Title>
      <Textarea size="md" my="sm" label={t("safetyDesk.feeds.alert")} autosize minRows={3} maxRows={10} value={xml} onChange={(event) => setXml(event.currentTarget.value)} {...(isTooLarge ? { error: t("safetyDesk.feeds.tooLarge") } : {})} />
      <Group gap="sm">
        <FileButton accept=".xml,.cap,application/xml,text/xml" onChange={read}>{(props) => <Button {...props} h={44} variant="default">{t("safetyDesk.feeds.file")}</Button>}</FileButton>
        <Button h={44} disabled={xml.trim() === "" || isTooLarge} loading={action.isBusy} onClick={() => void send()}>{t("safetyDesk.feeds.send")}</Button>
      </Group>
      <ActionFailed error={action.error} />
      {answer !== null && <Alert mt="sm" role="status" color={answer.outcome === "taken" ? "green" : "gray"} variant="light">{answer.event ? t("safetyDesk.feeds.taken", { title: answer.event.details.title, state: t(`safety.state.${answer.event.state}`) }) : t("safetyDesk.feeds.ignored")}</Alert>}
    </section>
  );
}
