import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import type { Room } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { hrefOf } from "../hooks";
import type { Recording } from "./chat";
import { failureOf } from "./failure";
import { useAnswer } from "./useAnswer";

type Facts = Recording & { is_asked: boolean; supervisors: boolean; retention_days: number; on_refusal: string; record_id: string | null };

/** Who may see what is recorded, for how long it is kept, what the customer says to it. */
export function RecordingFacts({ room, recording }: { room: Room; recording: Recording }) {
  const { t } = useTranslation();
  const [facts, setFacts] = useState<Facts | null>(null);
  const [error, setError] = useState<unknown>(null);
  const answer = useAnswer(room);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setError(null);
    call<Facts>("GET", `/records/consent/${encodeURIComponent(room.roomId)}`, { signal: stop.signal }).then(
      (told) => !stop.signal.aborted && setFacts(told),
      (failure: unknown) => !stop.signal.aborted && setError(failure),
    );
    return () => stop.abort();
  }, [room, recording.recorded, recording.consent, round]);
  if (error !== null) return <Stack><Text role="alert" fz="sm">{failureOf(error, t)}</Text><Group><Button variant="default" h={44} onClick={() => setRound((before) => before + 1)}>{t("failed.retry")}</Button></Group></Stack>;
  if (facts === null) return <Stack><Skeleton h={20} /><Skeleton h={20} /><Skeleton h={20} w="60%" /></Stack>;
  const mayAnswer = facts.is_asked && ["asked", "given", "refused"].includes(facts.consent);
  return (
    <Stack gap="sm">
      {recording.recorded && (
        <ul className="recording-facts">
          <li>{t("record.room.staff")}</li>
          {facts.supervisors && <li>{t("record.room.supervisors")}</li>}
          <li>{t("record.room.officers")}</li>
          <li>{t("record.room.shown")}</li>
        </ul>
      )}
      <Text fz="sm">{t(recording.recorded ? "record.room.audited" : "record.room.counted")}</Text>
      {recording.recorded && <Text fz="sm">{facts.retention_days === 0 ? t("record.room.forever") : t("record.room.kept", { count: facts.retention_days })}</Text>}
      {facts.consent !== "none" && <Text fz="sm">{t(`record.room.${facts.is_asked ? "you" : "customer"}.${facts.consent}`)}</Text>}
      {mayAnswer && facts.consent !== "asked" && <Text fz="sm">{t("record.room.change")}</Text>}
      {mayAnswer && (
        <Group>
          {facts.consent !== "given" && <Button h={44} loading={answer.isBusy} onClick={() => void answer.give(true)}>{t("record.ask.yes")}</Button>}
          {facts.consent !== "refused" && <Button h={44} variant="default" loading={answer.isBusy} onClick={() => void answer.give(false)}>{t("record.ask.no")}</Button>}
        </Group>
      )}
      {answer.error !== null && <Text role="alert" fz="sm" c="var(--rk-danger)">{failureOf(answer.error, t)}</Text>}
      {facts.record_id !== null && <Group><Button component="a" h={44} variant="default" href={hrefOf({ page: "record", recordId: facts.record_id })}>{t("record.room.open")}</Button></Group>}
    </Stack>
  );
}
