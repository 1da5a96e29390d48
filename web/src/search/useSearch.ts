import type { Room } from "matrix-js-sdk";
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient } from "../hooks";
import { track } from "../track";
import { type Criteria, findMore, NOTHING, type Results } from "./search";

type State = { wish: Criteria; results: Results; state: "idle" | "busy" | "failed" };

/** What was looked for last: on a phone a hit covers the list, and one comes back to it. */
let last: State | null = null;

function fresh(room: Room | null): State {
  return { wish: { term: "", roomId: room?.roomId ?? null, sender: null, from: null, until: null, hasMedia: false }, results: NOTHING, state: "idle" };
}

function taken(room: Room | null): State {
  const isSame = last !== null && (last.wish.roomId === null || last.wish.roomId === room?.roomId);
  return isSame && last !== null ? { ...last, state: "idle" } : fresh(room);
}

/** A search that begins anew whenever its criteria change. */
export function useSearch(room: Room | null) {
  const client = useClient();
  const [now, setNow] = useState(() => taken(room));
  const running = useRef<AbortController | null>(null);
  const show = useCallback((state: State) => {
    last = state;
    setNow(state);
  }, []);
  const look = useCallback((wish: Criteria, sofar: Results) => {
    running.current?.abort();
    if (wish.term === "") return show({ wish, results: NOTHING, state: "idle" });
    const control = new AbortController();
    running.current = control;
    show({ wish, results: sofar, state: "busy" });
    track("search", { everywhere: wish.roomId === null, more: sofar.hits.length > 0 });
    findMore(client, wish, sofar, control.signal).then(
      (results) => control.signal.aborted || show({ wish, results, state: "idle" }),
      () => control.signal.aborted || show({ wish, results: sofar, state: "failed" }),
    );
  }, [client, show]);
  useEffect(() => () => running.current?.abort(), []);
  // Another room is open: "this room" is that one now.
  const roomId = room?.roomId ?? null;
  useEffect(() => {
    if (now.wish.roomId !== null && now.wish.roomId !== roomId) look({ ...now.wish, roomId, sender: null }, NOTHING);
  }, [roomId]);
  const change = (changed: Partial<Criteria>): void => look({ ...now.wish, ...changed }, NOTHING);
  return { ...now, change, more: () => look(now.wish, now.results) };
}
