import { Button, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import type { Asked } from "../../safety/types";
import { namesOf } from "../names";
import { Ago } from "../parts/Ago";
import { Broken } from "../parts/Broken";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { Who } from "../parts/Who";
import type { AskedPage } from "./types";

const PAGE = 50;
type Row = Asked & { name: string };
type Loaded = { rows: Row[]; next: string | undefined };

/** Everybody who was found, in the order in which they are asked. Another `version`: somebody was asked, or has answered. */
export function AskedList({ eventId, version }: { eventId: string; version: string }) {
  const { t } = useTranslation();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [wanted, setWanted] = useState(PAGE);
  const [count, setCount] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const look = async (): Promise<void> => {
      const found: Asked[] = [];
      let from: string | undefined = "";
      while (from !== undefined && found.length < wanted) {
        const page: AskedPage = await call<AskedPage>("GET", `/safety/events/${encodeURIComponent(eventId)}/asked`, { query: { from, limit: PAGE }, signal: stop.signal });
        found.push(...page.asked);
        from = page.next_batch;
      }
      const name = await namesOf(found.map((one) => one.user_id), stop.signal);
      if (stop.signal.aborted) return;
      setError(null);
      setLoaded({ rows: found.map((one) => ({ ...one, name: name(one.user_id) })), next: from });
    };
    look().catch((failure: unknown) => !stop.signal.aborted && setError(failure));
    return () => stop.abort();
  }, [eventId, wanted, version, count]);
  if (error !== null) return <Broken error={error} onRetry={() => setCount((before) => before + 1)} />;
  if (loaded === null) return <div aria-busy="true"><RowsSkeleton /></div>;
  if (loaded.rows.length === 0) return <Text fz="sm" c="dimmed">{t("safetyDesk.asked.none")}</Text>;
  return (
    <>
      <ul className="plain-list" aria-label={t("safetyDesk.asked.list")}>
        {loaded.rows.map((row) => (
          <li key={row.user_id}>
            <Who name={row.name} id={t(`safety.role.${row.role}`)} />
            <span className="asked-state">{t(`safety.askedState.${row.state}`)} <small className="soft"><Ago ts={row.answered_ts ?? row.asked_ts ?? row.found_ts} /></small></span>
          </li>
        ))}
      </ul>
      {loaded.next && <Button mt="sm" h={44} variant="default" onClick={() => setWanted(wanted + PAGE)}>{t("safetyDesk.asked.more")}</Button>}
    </>
  );
}
