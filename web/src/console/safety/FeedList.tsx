import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { ActionFailed, useAction } from "../parts/action";
import { Ago, stamp } from "../parts/Ago";
import { Confirm } from "../parts/Confirm";
import { openSubject, useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import type { Column, Load } from "../table/types";
import { FeedDialog } from "./FeedDialog";
import type { Feed } from "./types";

/** Feeds that the server fetches, and how that went. */
export function FeedList({ onFetched }: { onFetched: () => void }) {
  const { t } = useTranslation();
  const fetching = useAction("safety_feed_fetch");
  const [version, setVersion] = useState(0);
  const { subject } = useRoute();
  const [all, setAll] = useState<readonly Feed[]>([]);
  const [edited, setEdited] = useState<"new" | null>(null);
  const [removed, setRemoved] = useState<Feed | null>(null);
  const changed = (): void => setVersion((before) => before + 1);
  const opened = edited ?? all.find((one) => one.feed_id === subject) ?? null;
  const close = (): void => { setEdited(null); if (subject !== null) openSubject(null); };
  const load: Load<Feed> = async ({ signal }) => {
    const { feeds } = await call<{ feeds: Feed[] }>("GET", "/safety/feeds", { signal });
    setAll(feeds);
    return { rows: feeds, next: null };
  };
  const fetchNow = async (feed: Feed): Promise<void> => {
    if (await fetching.run(async () => void (await call("POST", `/safety/feeds/${feed.feed_id}/fetch`)))) { changed(); onFetched(); }
  };
  return (
    <Stack gap="sm" component="section" aria-label={t("safetyDesk.feeds.list")}>
      <Title order={2} fz="lg">{t("safetyDesk.feeds.list")}</Title>
      <Text fz="sm" c="dimmed" maw={720}>{t("safetyDesk.feeds.text", { path: "POST /_roomkeeper/v1/safety/cap" })}</Text>
      <ActionFailed error={fetching.error} />
      <DataTable
        name="safety-feeds" label={t("safetyDesk.feeds.list")} columns={useColumns(fetching.isBusy, (feed) => void fetchNow(feed), setRemoved)} keyOf={(one) => one.feed_id} load={load} version={version}
        filters={<Button h={44} leftSection={<IconPlus size={18} />} onClick={() => setEdited("new")}>{t("safetyDesk.feeds.add")}</Button>}
        empty={{ title: t("safetyDesk.feeds.noneTitle"), text: t("safetyDesk.feeds.noneText") }}
      />
      {opened !== null && <FeedDialog key={opened === "new" ? "" : opened.feed_id} feed={opened === "new" ? null : opened} onDone={() => { changed(); onFetched(); }} onClose={close} />}
      {removed !== null && <Remove feed={removed} onDone={changed} onClose={() => setRemoved(null)} />}
    </Stack>
  );
}

function Remove({ feed, onDone, onClose }: { feed: Feed; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("safety_feed_remove");
  const remove = async (): Promise<void> => {
    if (await action.run(async () => void (await call("DELETE", `/safety/feeds/${feed.feed_id}`)))) { onDone(); onClose(); }
  };
  return <Confirm opened title={t("safetyDesk.feeds.remove")} label={t("safetyDesk.feeds.remove")} action={action} isDanger onConfirm={() => void remove()} onClose={onClose}><Text fz="sm">{t("safetyDesk.feeds.removeText", { name: feed.name })}</Text></Confirm>;
}

function useColumns(isBusy: boolean, onFetch: (feed: Feed) => void, onRemove: (feed: Feed) => void): readonly Column<Feed>[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    const state = ({ state: { error, fetched_ts } }: Feed): string => error || t(fetched_ts ? "safetyDesk.feeds.fine" : "safetyDesk.feeds.never");
    return [
      { id: "name", label: t("safetyDesk.feeds.column.name"), cell: (one) => one.name, text: (one) => one.name },
      { id: "url", label: t("safetyDesk.feeds.url"), cell: (one) => <span className="wrap">{one.url}</span>, text: (one) => one.url, isExtra: true },
      { id: "state", label: t("safetyDesk.feeds.column.state"), cell: (one) => <span className="wrap" data-failed={Boolean(one.state.error) || undefined}>{state(one)}</span>, text: state },
      { id: "fetched", label: t("safetyDesk.feeds.column.fetched"), cell: (one) => <Ago ts={one.state.fetched_ts} />, text: (one) => stamp(one.state.fetched_ts) },
      { id: "next", label: t("safetyDesk.feeds.column.next"), cell: (one) => <Ago ts={one.next_ts} />, text: (one) => stamp(one.next_ts) },
      { id: "taken", label: t("safetyDesk.feeds.column.taken"), cell: (one) => one.state.taken ?? 0, text: (one) => String(one.state.taken ?? 0) },
      {
        id: "actions", label: t("safetyDesk.feeds.column.actions"), isActions: true, text: () => "",
        cell: (one) => (
          <Group justify="flex-end" gap="xs">
            <Button h={44} variant="default" disabled={isBusy} aria-label={t("safetyDesk.feeds.fetchNamed", { name: one.name })} onClick={() => onFetch(one)}>{t("safetyDesk.feeds.fetch")}</Button>
            <Button h={44} variant="default" aria-label={t("safetyDesk.feeds.removeNamed", { name: one.name })} onClick={() => onRemove(one)}>{t("safetyDesk.feeds.remove")}</Button>
          </Group>
        ),
      },
    ];
  }, [t, i18n.language, isBusy]);
}
