import { Button, Group, Skeleton, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { exact } from "../times";
import { track } from "../track";
import { failureOf } from "./failure";
import { plainId } from "./names";
import type { Share } from "./types";

/** Who is shown it, until when, how often they looked; and the end of that. */
export function ShareList({ recordId, version }: { recordId: string; version: number }) {
  const { t } = useTranslation();
  const [shares, setShares] = useState<Share[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const path = `/records/${encodeURIComponent(recordId)}/shares`;
  useEffect(() => {
    const stop = new AbortController();
    call<{ shares: Share[]; next_batch?: string }>("GET", path, { signal: stop.signal }).then(
      (answer) => { if (!stop.signal.aborted) { setShares(answer.shares); setNext(answer.next_batch ?? null); setError(null); } },
      (failure: unknown) => !stop.signal.aborted && setError(failure),
    );
    return () => stop.abort();
  }, [path, version, round]);
  const again = (): void => setRound((before) => before + 1);
  const more = async (): Promise<void> => {
    const answer = await call<{ shares: Share[]; next_batch?: string }>("GET", path, { query: { from: next } });
    setShares((before) => [...(before ?? []), ...answer.shares]);
    setNext(answer.next_batch ?? null);
  };
  return (
    <section>
      <Title order={3} fz="md">{t("record.shares.title")}</Title>
      {error !== null && <Group role="alert"><Text fz="sm">{failureOf(error, t)}</Text><Button variant="default" h={44} onClick={again}>{t("failed.retry")}</Button></Group>}
      {shares === null && error === null && <Skeleton h={44} mt="sm" />}
      {shares?.length === 0 && <Text fz="sm" c="dimmed">{t("record.shares.none")}</Text>}
      <ul className="record-shares">{shares?.map((share) => <Row key={share.share_id} share={share} path={path} onChanged={again} />)}</ul>
      {next !== null && <Button variant="default" h={44} onClick={() => void more().catch(setError)}>{t("record.shares.more")}</Button>}
    </section>
  );
}

function Row({ share, path, onChanged }: { share: Share; path: string; onChanged: () => void }) {
  const { t } = useTranslation();
  const [isSure, setSure] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const revoke = async (): Promise<void> => {
    track("record_revoke", { whom: share.whom });
    await call<unknown>("DELETE", `${path}/${encodeURIComponent(share.share_id)}`);
    onChanged();
  };
  const [role = "", department = ""] = (share.who ?? "").split("@");
  const name = share.whom === "person" ? plainId(share.who ?? "") : share.whom === "link" ? t("record.share.link") : t(`record.role.${role}`, { defaultValue: role });
  const isOver = share.revoked_ts !== undefined || (share.expires_ts !== undefined && share.expires_ts <= Date.now());
  const facts = [
    share.last_seq !== undefined || (share.first_seq ?? 1) > 1 ? t("record.share.part", { first: share.first_seq ?? 1, last: share.last_seq ?? "…" }) : t("record.share.whole"),
    share.revoked_ts !== undefined ? t("record.shares.revoked", { time: exact(share.revoked_ts) }) : share.expires_ts === undefined ? t("record.shares.forever") : t(isOver ? "record.shares.expired" : "record.shares.until", { time: exact(share.expires_ts) }),
    t("record.shares.views", { count: share.views ?? 0 }),
    share.note,
  ];
  return (
    <li data-over={isOver || undefined}>
      <div><b title={department || undefined}>{name}</b><small>{facts.filter(Boolean).join(" · ")}</small>{error !== null && <small role="alert">{failureOf(error, t)}</small>}</div>
      {!isOver && (isSure
        ? <Group gap="xs"><Button h={44} color="red.8" onClick={() => void revoke().catch(setError)}>{t("record.shares.sure")}</Button><Button h={44} variant="default" onClick={() => setSure(false)}>{t("record.shares.keep")}</Button></Group>
        : <Button h={44} variant="default" aria-label={t("record.shares.revokeNamed", { name })} onClick={() => setSure(true)}>{t("record.shares.revoke")}</Button>)}
    </li>
  );
}
