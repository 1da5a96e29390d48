import { Button, Group as Row, Text, Textarea } from "@mantine/core";
import type { Room } from "matrix-js-sdk";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { Sure } from "../parts/Sure";
import { isResponsible, roleOf } from "./roles";
import type { Group } from "./state";
import { useAct } from "./useAct";

type Change = "handled" | "open" | "resolved" | "close";
const CHANGES: Readonly<Record<string, readonly Change[]>> = { open: ["handled", "resolved", "close"], handled: ["resolved", "open", "close"], resolved: ["handled", "close"] };
const LONGEST = 2000;

/** What one may do about it: who is responsible says how far it is and closes it; who reported it, that it is over. */
export function EventActions({ room, group }: { room: Room; group: Group }) {
  const { t } = useTranslation();
  const action = useAct("event_status");
  const [asked, setAsked] = useState<Change | null>(null);
  const [summary, setSummary] = useState("");
  const { role } = roleOf(room, room.myUserId);
  const all = CHANGES[group.status] ?? [];
  const changes = isResponsible(role) ? all : role === "reporter" ? all.filter((one) => one === "resolved") : [];
  if (changes.length === 0) return null;
  const path = `/safety/events/${encodeURIComponent(group.event_id)}`;
  const make = async (change: Change): Promise<void> => {
    const body = { summary: summary.trim() };
    const is = await action.run(() => (change === "close" ? call("POST", `${path}/close`, { body }) : call("PUT", `${path}/status`, { body: { status: change, ...body } })));
    if (is) setAsked(null);
  };
  const choose = (change: Change): void => {
    action.reset();
    // Those two cannot be undone by everybody: they take a second step.
    if (change === "resolved" || change === "close") setAsked(change);
    else void make(change);
  };
  return (
    <section aria-label={t("safety.event.actions")}>
      <Row gap="sm">
        {changes.map((change) => <Button key={change} mih={44} variant={change === "handled" ? "filled" : "default"} loading={action.state === "busy" && asked === null} onClick={() => choose(change)}>{t(`safety.event.do.${change}`)}</Button>)}
      </Row>
      {asked === null && action.why && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why}</Text>}
      <Sure opened={asked !== null} title={t(`safety.event.do.${asked ?? "close"}`)} text={t(`safety.event.sure.${asked === "resolved" ? "resolved" : "close"}`)} yes={t(`safety.event.do.${asked ?? "close"}`)} action={action} onYes={() => asked && void make(asked)} onClose={() => setAsked(null)}>
        <Textarea size="md" label={t("safety.event.summary")} autosize minRows={2} maxRows={6} maxLength={LONGEST} value={summary} onChange={(event) => setSummary(event.currentTarget.value)} />
      </Sure>
    </section>
  );
}
