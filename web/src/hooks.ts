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

/** What is open, as told by the address: `#/room/<id>`, `#/room/<id>/thread/<event>`, `#/settings`. */
export type Place = { page: "home" } | { page: "settings" } | { page: "room"; roomId: string; threadId?: string };

export function readPlace(hash: string): Place {
  const parts = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  if (parts[0] === "settings") return { page: "settings" };
  if (parts[0] === "room" && parts[1]) {
    return { page: "room", roomId: parts[1], ...(parts[2] === "thread" && parts[3] ? { threadId: parts[3] } : {}) };
  }
  return { page: "home" };
}

export function hrefOf(place: Place): string {
  if (place.page === "settings") return "#/settings";
  if (place.page === "home") return "#/";
  const room = `#/room/${encodeURIComponent(place.roomId)}`;
  return place.threadId ? `${room}/thread/${encodeURIComponent(place.threadId)}` : room;
}

export function goTo(place: Place): void {
  window.location.hash = hrefOf(place);
}

function onHash(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

export function usePlace(): Place {
  return readPlace(useSyncExternalStore(onHash, () => window.location.hash));
}

export type WithRoom = { room: Room };
