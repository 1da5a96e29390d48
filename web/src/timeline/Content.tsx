import { ActionIcon, Button, Modal, Skeleton, Text } from "@mantine/core";
import { IconDownload, IconFile, IconPhotoOff } from "@tabler/icons-react";
import { EventType, type MatrixEvent, MsgType } from "matrix-js-sdk";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { download, mediaUrl, useMedia } from "../media";
import { fileSize } from "../times";
import { Formatted, Linked } from "./Formatted";
import { bodyOf } from "./words";

const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic}|\p{Emoji_Modifier})*\s*){1,4}$/u;
const MOST_WIDTH = 360;
const MOST_HEIGHT = 320;

/** What a message says or shows. */
export function Content({ event }: { event: MatrixEvent }) {
  const { t } = useTranslation();
  if (event.isRedacted()) return <Text fz="sm" c="dimmed" fs="italic">{t("message.deleted")}</Text>;
  if (event.getType() !== EventType.RoomMessage) return <Text fz="sm" c="dimmed" fs="italic">{t("message.encrypted")}</Text>;
  switch (event.getContent()["msgtype"]) {
    case MsgType.Image: return <Picture event={event} />;
    case MsgType.Video:
    case MsgType.Audio: return <Playable event={event} />;
    case MsgType.File: return <File event={event} />;
    default: return <Words event={event} />;
  }
}

function Words({ event }: { event: MatrixEvent }) {
  const content = event.getContent();
  const html: unknown = content["formatted_body"];
  if (content["format"] === "org.matrix.custom.html" && typeof html === "string") return <div><Formatted html={html} /></div>;
  const body = bodyOf(event);
  return <p data-big={ONLY_EMOJI.test(body.trim()) || undefined}><Linked text={body} /></p>;
}

/** What stands with a file, where it is more than the file's name. */
function Caption({ event }: { event: MatrixEvent }) {
  const content = event.getContent();
  if (!content["filename"] || content["filename"] === content["body"]) return null;
  return <div style={{ marginTop: 4 }}><Words event={event} /></div>;
}

function nameOfFile(event: MatrixEvent): string {
  const content = event.getContent();
  return String(content["filename"] ?? content["body"] ?? "");
}

function mxcOf(event: MatrixEvent): string | null {
  const url: unknown = event.getContent()["url"];
  return typeof url === "string" ? url : null;
}

/** The size at which a picture is shown: its own, made to fit. */
function fit(info: Record<string, unknown>): { width: number; height: number } {
  const width = typeof info["w"] === "number" && info["w"] > 0 ? info["w"] : MOST_WIDTH;
  const height = typeof info["h"] === "number" && info["h"] > 0 ? info["h"] : 240;
  const scale = Math.min(1, MOST_WIDTH / width, MOST_HEIGHT / height);
  return { width: Math.max(44, Math.round(width * scale)), height: Math.max(44, Math.round(height * scale)) };
}

function Picture({ event }: { event: MatrixEvent }) {
  const { t } = useTranslation();
  const client = useClient();
  const [isOpen, setOpen] = useState(false);
  const mxc = mxcOf(event);
  const name = nameOfFile(event);
  const size = fit(event.getContent()["info"] ?? {});
  const media = useMedia(mxc, size.width * 2, size.height * 2);
  const style = { width: size.width, aspectRatio: `${size.width} / ${size.height}` };
  if (mxc === null || media.state === "failed") {
    return <div className="file"><IconPhotoOff aria-hidden />{t("media.failed", { name })}</div>;
  }
  return (
    <>
      <button type="button" className="picture" style={style} onClick={() => setOpen(true)} aria-label={t("media.openPicture", { name })}>
        {media.state === "ready" ? <img src={media.url} alt={name} /> : <Skeleton h="100%" />}
      </button>
      <Caption event={event} />
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={name} size="auto" centered closeButtonProps={{ "aria-label": t("close") }}>
        <FullPicture mxc={mxc} name={name} />
        <Button mt="md" variant="default" leftSection={<IconDownload size={18} />} onClick={() => void download(client, mxc, name)}>{t("media.download")}</Button>
      </Modal>
    </>
  );
}

function FullPicture({ mxc, name }: { mxc: string; name: string }) {
  const { t } = useTranslation();
  const media = useMedia(mxc);
  if (media.state === "failed") return <Text>{t("media.failed", { name })}</Text>;
  if (media.state === "loading") return <Skeleton w={320} h={240} />;
  return <img src={media.url} alt={name} style={{ display: "block", maxWidth: "100%", maxHeight: "75dvh" }} />;
}

function Playable({ event }: { event: MatrixEvent }) {
  const { t } = useTranslation();
  const client = useClient();
  const [url, setUrl] = useState<string | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const mxc = mxcOf(event);
  if (url === null || mxc === null) {
    const load = (): void => void (mxc && mediaUrl(client, mxc).then(setUrl, () => setFailed(true)));
    return (
      <>
        <File event={event} />
        <Button mt="xs" size="xs" variant="default" onClick={load}>{t(hasFailed ? "failed.retry" : "media.play")}</Button>
      </>
    );
  }
  const isVideo = event.getContent()["msgtype"] === MsgType.Video;
  return (
    <>
      {isVideo ? <video src={url} controls autoPlay style={{ maxWidth: "100%", maxHeight: MOST_HEIGHT }} /> : <audio src={url} controls autoPlay />}
      <Caption event={event} />
    </>
  );
}

function File({ event }: { event: MatrixEvent }) {
  const { t } = useTranslation();
  const client = useClient();
  const mxc = mxcOf(event);
  const name = nameOfFile(event);
  const size: unknown = event.getContent()["info"]?.size;
  return (
    <>
      <div className="file">
        <IconFile aria-hidden />
        <div className="file-text"><div>{name}</div><small>{typeof size === "number" ? fileSize(size) : ""}</small></div>
        {mxc && (
          <ActionIcon size={44} variant="subtle" aria-label={t("media.downloadNamed", { name })} onClick={() => void download(client, mxc, name)}>
            <IconDownload size={20} />
          </ActionIcon>
        )}
      </div>
      <Caption event={event} />
    </>
  );
}
