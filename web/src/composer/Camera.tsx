import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { IconCamera, IconCameraOff } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useReturnFocus } from "../parts/useReturnFocus";
import { track } from "../track";

const QUALITY = 0.9;

/** A photo with the camera of this device. */
export default function Camera({ onPhoto, onClose }: { onPhoto: (photo: File) => void; onClose: () => void }) {
  const { t } = useTranslation();
  useReturnFocus();
  const view = useRef<HTMLVideoElement>(null);
  const { stream, hasFailed } = useCamera();
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (view.current) view.current.srcObject = stream;
  }, [stream]);
  const take = async (): Promise<void> => {
    const photo = view.current && (await photoOf(view.current));
    if (!photo) return;
    track("camera_photo");
    onPhoto(photo);
  };
  return (
    <Modal opened onClose={onClose} title={t("camera.title")} size="lg" closeButtonProps={{ "aria-label": t("close") }}>
      <Stack>
        {hasFailed && <Alert role="alert" color="orange" variant="light" icon={<IconCameraOff />} title={t("camera.failedTitle")}>{t("camera.failed")}</Alert>}
        {!hasFailed && <video ref={view} className="camera" data-waits={!isSeen || undefined} autoPlay muted playsInline aria-label={t("camera.view")} onPlaying={() => setSeen(true)} />}
        <Group justify="flex-end">
          <Button variant="default" mih={44} onClick={onClose}>{t("cancel")}</Button>
          {!hasFailed && <Button mih={44} disabled={!isSeen} leftSection={<IconCamera size={18} />} onClick={() => void take()}>{t("camera.take")}</Button>}
        </Group>
      </Stack>
    </Modal>
  );
}

/** The camera's picture, for as long as this is shown. */
function useCamera(): { stream: MediaStream | null; hasFailed: boolean } {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    let isOver = false;
    let opened: MediaStream | null = null;
    const stop = (): void => opened?.getTracks().forEach((one) => one.stop());
    (async () => {
      // Where a page did not come over HTTPS, browsers have no `mediaDevices`.
      opened = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } }, audio: false });
      if (isOver) stop();
      else setStream(opened);
    })().catch(() => setFailed(true));
    return () => {
      isOver = true;
      stop();
    };
  }, []);
  return { stream, hasFailed };
}

async function photoOf(view: HTMLVideoElement): Promise<File | null> {
  const canvas = document.createElement("canvas");
  canvas.width = view.videoWidth;
  canvas.height = view.videoHeight;
  canvas.getContext("2d")?.drawImage(view, 0, 0);
  const photo = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  const name = `photo-${new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-")}.jpg`;
  return photo && new File([photo], name, { type: "image/jpeg" });
}
