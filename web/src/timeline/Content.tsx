import { ActionIcon, Button, Modal, Skeleton, Text } from "@mantine/core";
import { IconDownload, IconFile, IconPhotoOff } from "@tabler/icons-react";
import { EventType, type MatrixEvent, MsgType } from "matrix-js-sdk";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { hrefOf, useClient } from "../hooks";
import { download, mediaUrl, type Source, sourceOf, useMedia, WithheldFile } from "../media";
import { Withheld } from "../screening/Withheld";
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
  // What could not be decrypted looks like a message in which the SDK says so.
  if (event.isDecryptionFailure() || event.getType() === EventType.RoomMessageEncrypted) return <Unreadable event={event} />;
  switch (event.getContent()["msgtype"]) {
    case MsgType.Image: return <Picture event={event} />;
    case MsgType.Video:
    case MsgType.Audio: return <Playable event={event} />;
    case MsgType.File: return <File event={event} />;
    default: return <Words event={event} />;
  }
}

/** An encrypted message that this device cannot read: why, and what helps. */
function Unreadable({ event }: { event: MatrixEvent }) {
  const { t } = useTranslation();
  if (!event.isDecryptionFailure()) return <Text fz="sm" c="dimmed" fs="italic">{t("message.decrypting")}</Text>;
  const why = WHY[event.decryptionFailureReason ?? ""] ?? "unknown";
  return (
    <Text fz="sm" component="div" className="unreadable">
      {t(`unreadable.${why}`)}{" "}
      {(why === "older" || why === "backup") && <a href={hrefOf({ page: "security" })}>{t("unreadable.restore")}</a>}
    </Text>
  );
}

/** The SDK's reasons, by what people can do about them. */
const WHY: Record<string, string> = {
  MEGOLM_UNKNOWN_INBOUND_SESSION_ID: "waiting",
  OLM_UNKNOWN_MESSAGE_INDEX: "waiting",
  MEGOLM_KEY_WITHHELD: "withheld",
  MEGOLM_KEY_WITHHELD_FOR_UNVERIFIED_DEVICE: "withheldUnverified",
  HISTORICAL_MESSAGE_NO_KEY_BACKUP: "lost",
  HISTORICAL_MESSAGE_BACKUP_UNCONFIGURED: "older",
  HISTORICAL_MESSAGE_WORKING_BACKUP: "backup",
  HISTORICAL_MESSAGE_USER_NOT_JOINED: "notJoined",
};

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
  const source = sourceOf(event.getContent());
  const name = nameOfFile(event);
  const size = fit(event.getContent()["info"] ?? {});
  const media = useMedia(source, size.width * 2, size.height * 2);
  const style = { width: size.width, aspectRatio: `${size.width} / ${size.height}` };
  if (media.state === "failed" && media.isWithheld) return <><Withheld name={name} /><Caption event={event} /></>;
  if (source === null || media.state === "failed") {
    return <div className="file"><IconPhotoOff aria-hidden />{t("media.failed", { name })}</div>;
  }
  return (
    <>
      <button type="button" className="picture" style={style} onClick={() => setOpen(true)} aria-label={t("media.openPicture", { name })}>
        {media.state === "ready" ? <img src={media.url} alt={name} /> : <Skeleton h="100%" />}
      </button>
      <Caption event={event} />
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={name} size="auto" centered closeButtonProps={{ "aria-label": t("close") }}>
        <FullPicture source={source} name={name} />
        <Button mt="md" variant="default" leftSection={<IconDownload size={18} />} onClick={() => void download(client, source, name)}>{t("media.download")}</Button>
      </Modal>
    </>
  );
}

function FullPicture({ source, name }: { source: Source; name: string }) {
  const { t } = useTranslation();
  const media = useMedia(source);
  if (media.state === "failed") return <Text>{t("media.failed", { name })}</Text>;
  if (media.state === "loading") return <Skeleton w={320} h={240} />;
  return <img src={media.url} alt={name} style={{ display: "block", maxWidth: "100%", maxHeight: "75dvh" }} />;
}

function Playable({ event }: { event: MatrixEvent }) {
  const { t } = useTranslation();
  const client = useClient();
  const [url, setUrl] = useState<string | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const [isWithheld, setWithheld] = useState(false);
  const source = sourceOf(event.getContent());
  if (isWithheld) return <><Withheld name={nameOfFile(event)} /><Caption event={event} /></>;
  if (url === null || source === null) {
    const load = (): void => void (source && mediaUrl(client, source).then(setUrl, (failure: unknown) => (failure instanceof WithheldFile ? setWithheld(true) : setFailed(true))));
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
  const source = sourceOf(event.getContent());
  const name = nameOfFile(event);
  const size: unknown = event.getContent()["info"]?.size;
  const [failed, setFailed] = useState<"withheld" | "failed" | null>(null);
  if (failed === "withheld") return <><Withheld name={name} /><Caption event={event} /></>;
  const save = (from: Source): void => {
    setFailed(null);
    download(client, from, name).catch((failure: unknown) => setFailed(failure instanceof WithheldFile ? "withheld" : "failed"));
  };
  return (
    <>
      <div className="file">
        <IconFile aria-hidden />
        <div className="file-text"><div>{name}</div><small role={failed ? "alert" : undefined}>{failed ? t("media.notLoaded") : typeof size === "number" ? fileSize(size) : ""}</small></div>
        {source && (
          <ActionIcon size={44} variant="subtle" aria-label={t("media.downloadNamed", { name })} onClick={() => save(source)}>
            <IconDownload size={20} />
          </ActionIcon>
        )}
      </div>
      <Caption event={event} />
    </>
  );
}
