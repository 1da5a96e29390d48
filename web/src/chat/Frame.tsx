import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { useHotkeys } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { goTo, useClient, usePlace, useVersion } from "../hooks";
import { AskToNotify } from "../notify/AskToNotify";
import { Empty } from "../parts/States";
import { unreadOf } from "../rooms";
import { ConnectionBanner } from "./ConnectionBanner";
import { Jump } from "./Jump";
import { RoomList } from "./RoomList";
import { RoomView } from "./RoomView";
import { ThreadPanel } from "./ThreadPanel";
import { ROOM_EVENTS } from "./events";
import { useKeys } from "./keys";

const Shortcuts = lazy(() => import("./Shortcuts"));

/** Where a shortcut of the installed program leads. */
const FIND = "#/find";

/** Rooms on the left, what is open beside; a thread has a panel of its own. */
export function Frame({ settings }: { settings: ReactNode }) {
  const { t } = useTranslation();
  const client = useClient();
  const place = usePlace();
  const [isJumping, setJumping] = useState(() => window.location.hash === FIND);
  useVersion(client, ROOM_EVENTS);
  useUnreadInTitle();
  const [hasHelp, setHelp] = useState(false);
  useKeys(place, () => setHelp(true));
  useHotkeys([["mod+K", () => setJumping(true)]], []);
  const room = place.page === "room" ? client.getRoom(place.roomId) : null;
  const threadId = place.page === "room" && room !== null ? place.threadId : undefined;

  return (
    <div className="frame" data-open={place.page !== "home" || undefined} data-side={threadId ? true : undefined}>
      <ConnectionBanner />
      <nav className="rail" aria-label={t("rooms.label")}>
        <RoomList openId={room?.roomId} onJump={() => setJumping(true)} />
        <AskToNotify />
      </nav>
      <main className="main">
        {place.page === "settings" && settings}
        {room !== null && <RoomView key={room.roomId} room={room} />}
        {place.page === "room" && room === null && (
          <Empty title={t("room.goneTitle")} text={t("room.goneText")} action={t("room.back")} onAction={() => goTo({ page: "home" })} />
        )}
        {place.page === "home" && <Empty title={t("room.noneTitle")} text={t("room.noneText")} action={t("jump.open")} onAction={() => setJumping(true)} />}
      </main>
      {room !== null && threadId && <ThreadPanel key={threadId} room={room} threadId={threadId} />}
      {hasHelp && <Suspense><Shortcuts onClose={() => setHelp(false)} /></Suspense>}
      <Jump opened={isJumping} onClose={() => setJumping(false)} />
    </div>
  );
}

/** How many messages wait, where the browser shows it. */
function useUnreadInTitle(): void {
  const client = useClient();
  const unread = client.getVisibleRooms().reduce((sum, room) => sum + unreadOf(room), 0);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Roomkeeper` : "Roomkeeper";
  }, [unread]);
}
