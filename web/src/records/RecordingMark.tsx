import { Button, Modal } from "@mantine/core";
import { IconPlayerRecordFilled, IconPlayerStop } from "@tabler/icons-react";
import type { Room } from "matrix-js-sdk";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import "./records.css";
import { track } from "../track";
import { recordingOf } from "./chat";
import { RecordingFacts } from "./RecordingFacts";

/** In the head of a conversation: whether it is recorded; a tap tells who may see it. */
export default function RecordingMark({ room }: { room: Room }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const recording = recordingOf(room);
  if (recording === null) return null;
  const words = t(recording.recorded ? "record.room.recorded" : "record.room.unrecorded");
  const Icon = recording.recorded ? IconPlayerRecordFilled : IconPlayerStop;
  return (
    <>
      <Button className="recording-mark" data-recorded={recording.recorded || undefined} variant="subtle" color="gray" h={44} px="xs" leftSection={<Icon size={14} aria-hidden />} title={t("record.room.who")} onClick={() => { track("recording_open", { room_id: room.roomId }); setOpen(true); }}>
        <span className="recording-words">{words}</span>
      </Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={t(recording.recorded ? "record.room.recordedTitle" : "record.room.unrecordedTitle")} closeButtonProps={{ "aria-label": t("close") }}>
        {isOpen && <RecordingFacts room={room} recording={recording} />}
      </Modal>
    </>
  );
}
