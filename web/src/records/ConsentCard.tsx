import { Button, Group, Text } from "@mantine/core";
import { IconPlayerRecordFilled } from "@tabler/icons-react";
import type { Room } from "matrix-js-sdk";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import "../panels.css";
import { track } from "../track";
import { recordingOf } from "./chat";
import { failureOf } from "./failure";
import { useAnswer } from "./useAnswer";

/** At the end of the conversation: may it be recorded? */
export default function ConsentCard({ room }: { room: Room }) {
  const { t } = useTranslation();
  const answer = useAnswer(room);
  useEffect(() => void track("recording_asked", { room_id: room.roomId }), [room]);
  return (
    <section className="handover-card" aria-label={t("record.ask.title")}>
      <IconPlayerRecordFilled aria-hidden />
      <div>
        <h3>{t("record.ask.title")}</h3>
        <p>{t(recordingOf(room)?.recorded ? "record.ask.until" : "record.ask.notUntil")}</p>
        {answer.error !== null && <Text role="alert" fz="sm" c="var(--rk-danger)">{failureOf(answer.error, t)}</Text>}
        <Group gap="sm">
          <Button mih={44} loading={answer.isBusy} onClick={() => void answer.give(true)}>{t("record.ask.yes")}</Button>
          <Button mih={44} variant="default" disabled={answer.isBusy} onClick={() => void answer.give(false)}>{t("record.ask.no")}</Button>
        </Group>
      </div>
    </section>
  );
}
