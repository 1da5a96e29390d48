import { Alert, Button, Group, Modal, Slider, Stack, Text } from "@mantine/core";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import "../panels.css";
import { useReturnFocus } from "../parts/useReturnFocus";

/** Pixels of a side as it is stored, and as it is shown while it is chosen. */
const SIDE = 512;
const MOST_ZOOM = 4;
const STEP = 16;

type View = { zoom: number; x: number; y: number };

/** Choose the square of a picture that is going to be one's own. */
export default function CropPicture({ file, onDone, onClose }: { file: File; onDone: (picture: Blob) => void; onClose: () => void }) {
  const { t } = useTranslation();
  useReturnFocus();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { picture, hasFailed } = usePicture(file);
  const [view, setView] = useState<View>({ zoom: 1, x: 0, y: 0 });
  useEffect(() => {
    if (picture && canvas.current) draw(canvas.current, picture, view);
  }, [picture, view]);
  const move = (x: number, y: number): void => {
    if (picture) setView((before) => within(picture, { ...before, x: before.x + x, y: before.y + y }));
  };
  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (event.buttons === 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const scale = SIDE / event.currentTarget.clientWidth;
    move(event.movementX * scale, event.movementY * scale);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const x = event.key === "ArrowLeft" ? STEP : event.key === "ArrowRight" ? -STEP : 0;
    const y = event.key === "ArrowUp" ? STEP : event.key === "ArrowDown" ? -STEP : 0;
    if (x === 0 && y === 0) return;
    event.preventDefault();
    move(x, y);
  };
  const done = (): void => canvas.current?.toBlob((blob) => blob && onDone(blob), "image/jpeg", 0.9);
  return (
    <Modal opened onClose={onClose} title={t("picture.crop")} closeButtonProps={{ "aria-label": t("close") }}>
      {hasFailed ? <Alert role="alert" color="orange" variant="light">{t("picture.unreadable")}</Alert> : (
        <Stack>
          <Text fz="sm">{t("picture.cropText")}</Text>
          <canvas ref={canvas} className="crop" width={SIDE} height={SIDE} tabIndex={0} role="img" aria-label={t("picture.view")} onPointerMove={onPointerMove} onKeyDown={onKeyDown} />
          <Slider
            thumbLabel={t("picture.zoom")} label={null} min={1} max={MOST_ZOOM} step={0.05} value={view.zoom}
            onChange={(zoom) => picture && setView((before) => within(picture, { x: (before.x * zoom) / before.zoom, y: (before.y * zoom) / before.zoom, zoom }))}
          />
          <Group justify="flex-end">
            <Button variant="default" mih={44} onClick={onClose}>{t("cancel")}</Button>
            <Button mih={44} disabled={picture === null} onClick={done}>{t("picture.use")}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function usePicture(file: File): { picture: ImageBitmap | null; hasFailed: boolean } {
  const [picture, setPicture] = useState<ImageBitmap | null>(null);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    createImageBitmap(file).then(setPicture, () => setFailed(true));
  }, [file]);
  return { picture, hasFailed };
}

/** Pixels of the square per pixel of the picture. */
function scaleOf(picture: ImageBitmap, zoom: number): number {
  return (SIDE / Math.min(picture.width, picture.height)) * zoom;
}

/** The same view, moved so that the square is full. */
function within(picture: ImageBitmap, { zoom, x, y }: View): View {
  const scale = scaleOf(picture, zoom);
  const free = (length: number): number => Math.max(0, (length * scale - SIDE) / 2);
  const clamp = (value: number, most: number): number => Math.min(most, Math.max(-most, value));
  return { zoom, x: clamp(x, free(picture.width)), y: clamp(y, free(picture.height)) };
}

function draw(canvas: HTMLCanvasElement, picture: ImageBitmap, { zoom, x, y }: View): void {
  const pen = canvas.getContext("2d");
  const scale = scaleOf(picture, zoom);
  const [width, height] = [picture.width * scale, picture.height * scale];
  if (pen === null) return;
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, (SIDE - width) / 2 + x, (SIDE - height) / 2 + y, width, height);
}
