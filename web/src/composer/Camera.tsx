import { Alert, Button, Group, Modal, SegmentedControl, Stack } from "@mantine/core";
import { IconCamera, IconCameraOff, IconPlayerRecord, IconPlayerStop } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import "../panels.css";
import { useReturnFocus } from "../parts/useReturnFocus";
import { track } from "../track";
import { canRecord, MOST_SECONDS, stamp, useRecorder } from "./recorder";

const QUALITY = 0.9;
type Kind = "photo" | "video";

/** A photo or a short video with the camera of this device. */
export default function Camera({ onPhoto, onClose }: { onPhoto: (taken: File) => void; onClose: () => void }) {
  const { t } = useTranslation();
  useReturnFocus();
  const view = useRef<HTMLVideoElement>(null);
  const [kind, setKind] = useState<Kind>("photo");
  const { stream, hasFailed } = useCamera(kind);
  const [isSeen, setSeen] = useState(false);
  const recorder = useRecorder(stream, (video) => { track("camera_video"); onPhoto(video); });
  useEffect(() => {
    if (view.current) view.current.srcObject = stream;
  }, [stream]);
  const choose = (chosen: string): void => {
    setSeen(false);
    setKind(chosen as Kind);
  };
  const take = async (): Promise<void> => {
    const photo = view.current && (await photoOf(view.current));
    if (!photo) return;
    track("camera_photo");
    onPhoto(photo);
  };
  const kinds = (["photo", "video"] as const).map((value) => ({ value, label: t(`camera.${value}`) }));
  return (
    <Modal opened onClose={onClose} title={t("camera.title")} size="lg" closeButtonProps={{ "aria-label": t("close") }}>
      <Stack>
        {canRecord() && <SegmentedControl data={kinds} value={kind} onChange={choose} disabled={recorder.seconds !== null} aria-label={t("camera.kind")} />}
        {hasFailed && <Alert role="alert" color="orange" variant="light" icon={<IconCameraOff />} title={t("camera.failedTitle")}>{t("camera.failed")}</Alert>}
        {!hasFailed && <video ref={view} className="camera" data-waits={!isSeen || undefined} autoPlay muted playsInline aria-label={t("camera.view")} onPlaying={() => setSeen(true)} />}
        <Group justify="flex-end">
          {recorder.seconds !== null && <span role="timer" aria-live="off">{t("camera.seconds", { seconds: recorder.seconds, most: MOST_SECONDS })}</span>}
          <Button variant="default" mih={44} onClick={onClose}>{t("cancel")}</Button>
          {!hasFailed && kind === "photo" && <Button mih={44} disabled={!isSeen} leftSection={<IconCamera size={18} />} onClick={() => void take()}>{t("camera.take")}</Button>}
          {!hasFailed && kind === "video" && recorder.seconds === null && <Button mih={44} disabled={!isSeen} leftSection={<IconPlayerRecord size={18} />} onClick={recorder.start}>{t("camera.record")}</Button>}
          {recorder.seconds !== null && <Button mih={44} color="red.8" leftSection={<IconPlayerStop size={18} />} onClick={recorder.stop}>{t("camera.stop")}</Button>}
        </Group>
      </Stack>
    </Modal>
  );
}

/** The camera's picture, for a video with sound, for as long as this is shown. */
function useCamera(kind: Kind): { stream: MediaStream | null; hasFailed: boolean } {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    let isOver = false;
    let opened: MediaStream | null = null;
    setStream(null);
    setFailed(false);
    const stop = (): void => opened?.getTracks().forEach((one) => one.stop());
    (async () => {
      // Where a page did not come over HTTPS, browsers have no `mediaDevices`.
      const video = { facingMode: "environment", width: { ideal: kind === "photo" ? 1920 : 1280 } };
      const ask = (audio: boolean): Promise<MediaStream> => navigator.mediaDevices.getUserMedia({ video, audio });
      // Where there is no microphone, or it may not be used, a video has no sound.
      opened = kind === "video" ? await ask(true).catch(() => ask(false)) : await ask(false);
      if (isOver) stop();
      else setStream(opened);
    })().catch(() => setFailed(true));
    return () => {
      isOver = true;
      stop();
    };
  }, [kind]);
  return { stream, hasFailed };
}

async function photoOf(view: HTMLVideoElement): Promise<File | null> {
  const canvas = document.createElement("canvas");
  canvas.width = view.videoWidth;
  canvas.height = view.videoHeight;
  canvas.getContext("2d")?.drawImage(view, 0, 0);
  const photo = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return photo && new File([photo], `photo-${stamp()}.jpg`, { type: "image/jpeg" });
}
