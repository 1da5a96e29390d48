import { Button, Group, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import type { SafetyEvent } from "../../safety/types";
import { ActionFailed, useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";

type Change = "handled" | "open" | "resolved" | "close" | "false";
const CHANGES: Readonly<Record<string, readonly Change[]>> = {
  countdown: ["false"], open: ["handled", "resolved", "close", "false"], handled: ["resolved", "open", "close", "false"], resolved: ["handled", "close", "false"], closed: ["false"],
};
const LONGEST = 500;

/** How far it is; closing it; finding it false, which takes a reason. */
export function EventActions({ event, onChanged }: { event: SafetyEvent; onChanged: () => void }) {
  const { t } = useTranslation();
  const action = useAction("event_status");
  const [asked, setAsked] = useState<Change | null>(null);
  const [words, setWords] = useState("");
  // A feed is not found false: it is stopped.
  const changes = (CHANGES[event.state] ?? []).filter((one) => one !== "false" || event.source !== "cap");
  const path = `/safety/events/${encodeURIComponent(event.event_id)}`;
  const make = async (change: Change): Promise<void> => {
    const text = words.trim();
    if (change === "false" && text === "") return;
    const is = await action.run(async () => {
      if (change === "false") await call("POST", `${path}/false`, { body: { reason: text.replace(/\s+/g, " ") } });
      else if (change === "close") await call("POST", `${path}/close`, { body: { summary: text } });
      else await call("PUT", `${path}/status`, { body: { status: change, summary: text } });
    });
    if (!is) return;
    setAsked(null);
    onChanged();
  };
  const choose = (change: Change): void => {
    action.clear();
    setWords("");
    if (change === "handled" || change === "open") void make(change);
    else setAsked(change);
  };
  if (changes.length === 0) return null;
  return (
    <>
      <Group gap="sm" my="md">
        {changes.map((change) => <Button key={change} h={44} variant={change === "handled" ? "filled" : "default"} loading={action.isBusy && asked === null} onClick={() => choose(change)}>{t(`safetyDesk.do.${change}`)}</Button>)}
      </Group>
      {asked === null && <ActionFailed error={action.error} />}
      {asked !== null && (
        <Confirm opened title={t(`safetyDesk.do.${asked}`)} label={t(`safetyDesk.do.${asked}`)} action={action} isDanger={asked !== "resolved"} onConfirm={() => void make(asked)} onClose={() => setAsked(null)}>
          <Text fz="sm">{t(`safetyDesk.sure.${asked}`)}</Text>
          <Textarea size="md" required={asked === "false"} label={t(asked === "false" ? "safetyDesk.reason" : "safetyDesk.column.summary")} autosize minRows={2} maxRows={6} maxLength={LONGEST} value={words} onChange={(event) => setWords(event.currentTarget.value)} />
        </Confirm>
      )}
    </>
  );
}
