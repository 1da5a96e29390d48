import type { Room } from "matrix-js-sdk";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { goTo, type Panel, type Place, type RoomPlace } from "../hooks";
import { TimelineSkeleton } from "../parts/States";
import { RecordPage } from "../records/chat";
import { EventPanel, SafetyPage } from "../safety/chat";
import { groupOf } from "../safety/state";
import { ThreadPanel } from "./ThreadPanel";

const SearchPanel = lazy(() => import("../search/SearchPanel"));
const InfoPanel = lazy(() => import("../info/InfoPanel"));
const LeftPage = lazy(() => import("../handover/LeftPage"));
const SecurityPage = lazy(() => import("../security/SecurityPage"));
const TITLES = { search: "search.title", info: "info.title", map: "rooms.events" } as const;

export type SideKind = "thread" | keyof typeof TITLES;

/** What stands beside the conversation, if anything. */
export function sideOf(place: Place, room: Room | null, isWide: boolean): SideKind | null {
  if (place.page !== "room" || room === null) return null;
  if (place.threadId) return "thread";
  // The map of an event stands beside its conversation where there is room for both.
  const panel = place.panel ?? (isWide ? "map" : null);
  return panel === "map" && groupOf(room) === null ? null : panel;
}

export function Side({ room, place, side }: { room: Room; place: RoomPlace; side: SideKind }) {
  if (side === "thread") return <ThreadPanel key={place.threadId} room={room} threadId={place.threadId ?? ""} eventId={place.eventId} />;
  return <PanelSide room={room} panel={side} />;
}

function PanelSide({ room, panel }: { room: Room; panel: Panel }) {
  const { t } = useTranslation();
  useEffect(() => {
    const close = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !event.isComposing && !isOfAnother(event)) goTo({ page: "room", roomId: room.roomId });
    };
    window.addEventListener("keydown", close, { capture: true });
    return () => window.removeEventListener("keydown", close, { capture: true });
  }, [room]);
  return (
    <aside className="side" aria-label={t(TITLES[panel])}>
      <Suspense fallback={<TimelineSkeleton />}>
        {panel === "search" ? <SearchPanel room={room} /> : panel === "map" ? <EventPanel key={room.roomId} room={room} /> : <InfoPanel key={room.roomId} room={room} />}
      </Suspense>
    </aside>
  );
}

/** Escape goes back one step: what lies over the panel takes it first. Asked before that is gone. */
function isOfAnother(event: KeyboardEvent): boolean {
  const at = event.target as Element;
  return document.querySelector('[role="dialog"], [role="menu"]') !== null || at.matches('input[aria-expanded="true"]');
}

/** A page of its own instead of a room: search in all rooms, keys of encrypted rooms, somebody who has left, a record. */
export function WholePage({ place }: { place: Place }) {
  const { page } = place;
  if (page === "left") return <Suspense fallback={<TimelineSkeleton />}><LeftPage key={place.userId} userId={place.userId} /></Suspense>;
  if (page === "record") return <Suspense fallback={<TimelineSkeleton />}><RecordPage key={place.recordId} recordId={place.recordId} /></Suspense>;
  if (page === "safety") return <Suspense fallback={<TimelineSkeleton />}><SafetyPage /></Suspense>;
  if (page !== "search" && page !== "security") return null;
  return <Suspense fallback={<TimelineSkeleton />}>{page === "search" ? <SearchPanel room={null} /> : <SecurityPage />}</Suspense>;
}
