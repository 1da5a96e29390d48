import { ActionIcon, Stack, TextInput, Text } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import { EventTimeline, KnownMembership, type MatrixClient, type Room } from "matrix-js-sdk";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import "../panels.css";
import { ROOM_EVENTS } from "../chat/events";
import { addToDraft } from "../composer/draft";
import { goTo, useClient, useVersion } from "../hooks";
import { CHANGED } from "../parts/changing";
import { Face } from "../parts/Face";
import { Empty } from "../parts/States";
import { GROUPS, groupRooms, nameOf, pictureOf } from "../rooms";
import { track } from "../track";
import { uploadsOf } from "../uploads/uploads";
import { SHARED } from "./place";

const AttachmentTray = lazy(() => import("../composer/AttachmentTray"));

const MOST = 50;

/** What another program shared: in which room does it go? Its upload has begun. */
export default function SharePage({ words, banner }: { words: string; banner: ReactNode }) {
  const { t } = useTranslation();
  const client = useClient();
  const uploads = uploadsOf(client);
  useVersion(uploads, CHANGED);
  useVersion(client, ROOM_EVENTS);
  const [query, setQuery] = useState("");
  const [isRead, setRead] = useState(false);
  useEffect(() => void uploads.restore().then(() => setRead(true)), [uploads]);
  const files = uploads.in(SHARED);
  const rooms = roomsFor(client, query);
  const choose = (room: Room): void => {
    track("share", { room_id: room.roomId, attachments: files.length, has_words: words !== "" });
    if (words !== "") addToDraft(room, words);
    uploads.move(SHARED, room.roomId);
    goTo({ page: "room", roomId: room.roomId });
  };
  const cancel = (): void => {
    for (const one of files) uploads.remove(one);
    goTo({ page: "home" });
  };
  const isNothing = isRead && files.length === 0 && words === "";
  return (
    <div className="share">
      {banner}
      <header className="head">
        <div className="head-text"><h1>{t("share.title")}</h1><p>{t("share.text")}</p></div>
        <ActionIcon size={44} variant="subtle" color="gray" aria-label={t("share.cancel")} onClick={cancel}><IconX size={20} /></ActionIcon>
      </header>
      <main className="page">
        <Stack gap="md">
          {isNothing && <Empty title={t("share.noneTitle")} text={t("share.noneText")} action={t("room.back")} onAction={() => goTo({ page: "home" })} />}
          <Suspense><AttachmentTray uploads={uploads} list={files} /></Suspense>
          {words !== "" && <blockquote className="share-words">{words}</blockquote>}
          {!isNothing && (
            <>
              <TextInput size="md" data-autofocus leftSection={<IconSearch size={18} />} aria-label={t("share.find")} placeholder={t("share.find")} value={query} onChange={(event) => setQuery(event.currentTarget.value)} />
              <ul className="share-rooms" aria-label={t("rooms.label")}>
                {rooms.map((room) => (
                  <li key={room.roomId}><button type="button" className="room" onClick={() => choose(room)}><Face name={nameOf(room)} mxc={pictureOf(room)} /><span className="room-name">{nameOf(room)}</span></button></li>
                ))}
              </ul>
              {rooms.length === 0 && <Text c="dimmed" fz="sm" role="status">{t(query ? "jump.none" : "rooms.emptyTitle")}</Text>}
            </>
          )}
        </Stack>
      </main>
    </div>
  );
}

/** Rooms in which one may write, the liveliest first. */
function roomsFor(client: MatrixClient, query: string): Room[] {
  const groups = groupRooms(client);
  const wanted = query.trim().toLowerCase();
  return GROUPS.flatMap((group) => groups[group])
    .filter((room) => room.getMyMembership() === KnownMembership.Join && room.getLiveTimeline().getState(EventTimeline.FORWARDS)?.maySendMessage(room.myUserId))
    .filter((room) => nameOf(room).toLowerCase().includes(wanted))
    .sort((one, other) => other.getLastActiveTimestamp() - one.getLastActiveTimestamp())
    .slice(0, MOST);
}
