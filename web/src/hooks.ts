/** React's view of the SDK's objects, which change in place and tell by events. */
import { useSyncExternalStore, useCallback, useRef, createContext, useContext } from "react";
import type { MatrixClient, Room } from "matrix-js-sdk";

/** Events that come together are shown together. */
const GATHER_MS = 16;

type Emitter = { on(event: never, listener: () => void): unknown; off(event: never, listener: () => void): unknown };

/** A number that grows whenever the object tells one of these events. `events` must be a constant. */
export function useVersion(emitter: object | null | undefined, events: readonly string[]): number {
  const version = useRef(0);
  const subscribe = useCallback(
    (changed: () => void) => {
      if (!emitter) return () => {};
      const target = emitter as Emitter;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const note = (): void => {
        timer ??= setTimeout(() => {
          timer = undefined;
          version.current += 1;
          changed();
        }, GATHER_MS);
      };
      for (const event of events) target.on(event as never, note);
      return () => {
        clearTimeout(timer);
        for (const event of events) target.off(event as never, note);
      };
    },
    [emitter, events],
  );
  return useSyncExternalStore(subscribe, () => version.current);
}

const ClientContext = createContext<MatrixClient | null>(null);
export const ClientProvider = ClientContext.Provider;

/** The client of who is signed in; only below `ClientProvider`. */
export function useClient(): MatrixClient {
  const client = useContext(ClientContext);
  if (client === null) throw new Error("nobody is signed in here");
  return client;
}

export type Panel = "search" | "info" | "map";

/** What is open in a room: beside it a thread or a panel, in it an event that is gone to. `roomId` may be an alias. */
export type RoomPlace = { page: "room"; roomId: string; threadId?: string; eventId?: string; panel?: Panel };

/** What is open, as told by the address: `#/room/<id>`, `…/thread/<event>`, `…/event/<event>`, `…/info`, `#/search`, `#/settings`, `#/left/<user>`, `#/records/<id>`. */
export type Place = { page: "home" | Page } | { page: "left"; userId: string } | { page: "record"; recordId: string } | RoomPlace;
const PAGES = ["settings", "search", "security", "safety"] as const;
export type Page = (typeof PAGES)[number];

const PANELS: ReadonlySet<string> = new Set(["search", "info", "map"] satisfies Panel[]);

export function readPlace(hash: string): Place {
  const parts = hash.replace(/^#\/?/, "").split("/").map(decoded);
  const page = PAGES.find((one) => one === parts[0]);
  if (page) return { page };
  if (parts[0] === "left" && parts[1]) return { page: "left", userId: parts[1] };
  if (parts[0] === "records" && parts[1]) return { page: "record", recordId: parts[1] };
  return parts[0] === "room" && parts[1] ? readRoom(parts[1], parts.slice(2)) : { page: "home" };
}

function readRoom(roomId: string, parts: string[]): RoomPlace {
  const place: RoomPlace = { page: "room", roomId };
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? "";
    if (PANELS.has(part)) place.panel = part as Panel;
    else if (part === "thread" && parts[at + 1]) place.threadId = parts[++at];
    else if (part === "event" && parts[at + 1]) place.eventId = parts[++at];
  }
  return place;
}

/** Addresses are written by hand, too. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function hrefOf(place: Place): string {
  if (place.page === "home") return "#/";
  if (place.page === "left") return `#/left/${encodeURIComponent(place.userId)}`;
  if (place.page === "record") return `#/records/${encodeURIComponent(place.recordId)}`;
  if (place.page !== "room") return `#/${place.page}`;
  const { roomId, panel, threadId, eventId } = place;
  const parts = ["room", roomId, ...(threadId ? ["thread", threadId] : panel ? [panel] : []), ...(eventId ? ["event", eventId] : [])];
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

/** Open a place; `replaces`: going back leads to what was open before the present one. */
export function goTo(place: Place, replaces = false): void {
  if (replaces) window.location.replace(hrefOf(place));
  else window.location.hash = hrefOf(place);
}

function onHash(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

export function usePlace(): Place {
  return readPlace(useSyncExternalStore(onHash, () => window.location.hash));
}

export type WithRoom = { room: Room };
