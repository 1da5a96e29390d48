import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { KnownMembership, type MatrixClient, type Room } from "matrix-js-sdk";
import { useHotkeys, useMediaQuery } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { goTo, type Place, useClient, usePlace, useVersion } from "../hooks";
import { AskToNotify } from "../notify/AskToNotify";
import { Empty, TimelineSkeleton } from "../parts/States";
import { listedRooms, unreadOf } from "../rooms";
import { ConnectionBanner } from "./ConnectionBanner";
import { Jump } from "./Jump";
import { Profiles } from "./Profiles";
import { RoomList } from "./RoomList";
import { RoomView } from "./RoomView";
import { Side, sideOf, WholePage } from "./Side";
import { ROOM_EVENTS } from "./events";
import { useKeys } from "./keys";

const NotHere = lazy(() => import("./NotHere"));
const Shortcuts = lazy(() => import("./Shortcuts"));

/** Where a shortcut of the installed program leads. */
const FIND = "#/find";

const VerificationHost = lazy(() => import("../security/VerificationHost"));

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
  const room = roomAt(client, place);
  const isWide = useMediaQuery("(min-width: 1100px)", window.innerWidth >= 1100);
  const side = sideOf(place, room, isWide);
  useHotkeys([["mod+F", () => goTo(room === null ? { page: "search" } : { page: "room", roomId: room.roomId, panel: "search" })]], []);

  return (
    <Profiles>
    <div className="frame" data-open={place.page !== "home" || undefined} data-side={side !== null || undefined}>
      <ConnectionBanner />
      <nav className="rail" aria-label={t("rooms.label")}>
        <RoomList openId={room?.roomId} openRecord={place.page === "record" ? place.recordId : undefined} onJump={() => setJumping(true)} />
        <AskToNotify />
      </nav>
      <main className="main">
        {place.page === "settings" && settings}
        <WholePage place={place} />
        {place.page === "room" && room !== null && <RoomView key={room.roomId} room={room} eventId={side === "thread" ? undefined : place.eventId} />}
        {place.page === "room" && room === null && <Suspense fallback={<TimelineSkeleton />}><NotHere key={place.roomId} idOrAlias={place.roomId} eventId={place.eventId} /></Suspense>}
        {place.page === "home" && <Empty title={t("room.noneTitle")} text={t("room.noneText")} action={t("jump.open")} onAction={() => setJumping(true)} />}
      </main>
      {place.page === "room" && room !== null && side !== null && <Side room={room} place={place} side={side} />}
      {client.getCrypto() && <Suspense><VerificationHost /></Suspense>}
      {hasHelp && <Suspense><Shortcuts onClose={() => setHelp(false)} /></Suspense>}
      <Jump opened={isJumping} onClose={() => setJumping(false)} />
    </div>
    </Profiles>
  );
}

/** The room that is open, if one is in it. */
function roomAt(client: MatrixClient, place: Place): Room | null {
  if (place.page !== "room") return null;
  const room = client.getRoom(place.roomId) ?? client.getVisibleRooms().find((one) => one.getCanonicalAlias() === place.roomId) ?? null;
  return room?.getMyMembership() === KnownMembership.Join ? room : null;
}

/** How many messages wait, where the browser shows it. */
function useUnreadInTitle(): void {
  const client = useClient();
  const unread = listedRooms(client).reduce((sum, room) => sum + unreadOf(room), 0);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Roomkeeper` : "Roomkeeper";
  }, [unread]);
}
