import { ActionIcon, Button, Skeleton, Text } from "@mantine/core";
import { IconDownload, IconFile, IconMusic, IconVideo } from "@tabler/icons-react";
import type { MatrixEvent, Room } from "matrix-js-sdk";
import { useTranslation } from "react-i18next";
import { hrefOf, useClient } from "../hooks";
import { download, sourceOf, useMedia } from "../media";
import { Empty, Failed, TimelineSkeleton } from "../parts/States";
import { exact, fileSize, short } from "../times";
import { senderName } from "../timeline/words";
import { useFiles } from "./useFiles";

const ICONS: Record<string, typeof IconFile> = { "m.video": IconVideo, "m.audio": IconMusic };

/** What was sent to a room as pictures and files, the newest first. */
export function Files({ room }: { room: Room }) {
  const { t } = useTranslation();
  const { events, state, hasMore, more } = useFiles(room);
  const pictures = events.filter(isPicture);
  const others = events.filter((event) => !isPicture(event));
  if (events.length === 0 && state === "busy") return <TimelineSkeleton />;
  if (events.length === 0 && state === "failed") return <Failed text={t("info.filesFailed")} onRetry={more} />;
  if (events.length === 0 && !hasMore) return <Empty title={t("info.filesNone")} text={t("info.filesNoneText")} />;
  return (
    <div className="panel-body">
      {pictures.length > 0 && <ul className="picture-grid" aria-label={t("info.pictures")}>{pictures.map((event) => <li key={event.getId()}><Picture room={room} event={event} /></li>)}</ul>}
      {others.length > 0 && <ul className="plain-list" aria-label={t("info.others")}>{others.map((event) => <li key={event.getId()}><FileRow room={room} event={event} /></li>)}</ul>}
      {state === "failed" && <Failed text={t("info.filesFailed")} onRetry={more} />}
      {hasMore && state !== "failed" && <Button fullWidth mt="sm" variant="default" loading={state === "busy"} onClick={more}>{t("info.earlier")}</Button>}
    </div>
  );
}

function isPicture(event: MatrixEvent): boolean {
  return event.getContent()["msgtype"] === "m.image";
}

function nameOfFile(event: MatrixEvent): string {
  return String(event.getContent()["filename"] ?? event.getContent()["body"] ?? "");
}

function Picture({ room, event }: { room: Room; event: MatrixEvent }) {
  const { t } = useTranslation();
  const media = useMedia(sourceOf(event.getContent()), 240, 240, true);
  const name = nameOfFile(event);
  const label = t("info.toPicture", { name, who: senderName(event) });
  return (
    <a className="picture-tile" href={hrefOf({ page: "room", roomId: room.roomId, eventId: event.getId() ?? "" })} aria-label={label} title={label}>
      {media.state === "ready" ? <img src={media.url} alt="" /> : media.state === "failed" ? <span>{name}</span> : <Skeleton h="100%" />}
    </a>
  );
}

function FileRow({ room, event }: { room: Room; event: MatrixEvent }) {
  const { t } = useTranslation();
  const client = useClient();
  const source = sourceOf(event.getContent());
  const name = nameOfFile(event);
  const Icon = ICONS[String(event.getContent()["msgtype"])] ?? IconFile;
  const size: unknown = event.getContent()["info"]?.size;
  return (
    <div className="person">
      <Icon size={24} aria-hidden />
      <a className="person-text" href={hrefOf({ page: "room", roomId: room.roomId, eventId: event.getId() ?? "" })}>
        <span>{name}</span>
        <Text component="small" c="dimmed" title={exact(event.getTs())}>{[senderName(event), short(event.getTs()), typeof size === "number" ? fileSize(size) : ""].filter(Boolean).join(" · ")}</Text>
      </a>
      {source && <ActionIcon size={44} variant="subtle" color="gray" aria-label={t("media.downloadNamed", { name })} onClick={() => void download(client, source, name)}><IconDownload size={20} /></ActionIcon>}
    </div>
  );
}
