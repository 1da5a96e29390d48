/** The entries of a record that are shown: a part without gaps, which grows at both ends; what is appended comes by itself. */
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError } from "../api";
import type { Source } from "./source";
import type { Page, Shown } from "./types";

const PAGE = 100;
const AROUND = 40;
const MOST_SHOWN = 600;
const WAIT_MS = 25_000;
const LEAST_MS = 1000;
const AGAIN_MS = 4000;

export type Aim = { seq: number; count: number };
export type Entries = {
  /** `null`: on their way. */
  entries: readonly Shown[] | null;
  first: number;
  last: number;
  error: unknown;
  /** One may see it no longer. */
  isGone: boolean;
  isBusy: boolean;
  /** Which entry is to be in sight. */
  aim: Aim | null;
  earlier: () => void;
  later: () => void;
  jumpTo: (seq: number) => void;
  jumpToTime: (ts: number) => void;
  retry: () => void;
};

type State = { entries: Shown[] | null; first: number; last: number; error: unknown; isGone: boolean };
const NOTHING: State = { entries: null, first: 0, last: 0, error: null, isGone: false };

/** Whether the server says that it is not there, or not for us. */
export function isGoneBy(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 403);
}

export function useEntries(source: Source, redacted: boolean, start: number | null): Entries {
  const [state, setState] = useState<State>(NOTHING);
  const [aim, setAim] = useState<Aim | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  const now = useRef(state);
  now.current = state;
  const busy = useRef(false);

  const act = useCallback((what: () => Promise<void>) => {
    if (busy.current) return;
    busy.current = true;
    setBusy(true);
    what().catch((error: unknown) => setState((before) => ({ ...before, error, isGone: before.isGone || isGoneBy(error) })))
      .finally(() => { busy.current = false; setBusy(false); });
  }, []);
  const around = useCallback(async (seq: number): Promise<Page> => {
    const before = await source.entries({ from: seq + 1, dir: "b", limit: AROUND, redacted });
    const after = await source.entries({ from: seq, dir: "f", limit: PAGE - AROUND, redacted });
    return { entries: [...before.entries, ...after.entries], first: after.first, last: after.last };
  }, [source, redacted]);
  const aimAt = (seq: number): void => setAim((before) => ({ seq, count: (before?.count ?? 0) + 1 }));

  useEffect(() => {
    const stop = new AbortController();
    const shown = now.current.entries;
    const isAtEnd = shown !== null && (shown.at(-1)?.seq ?? 0) >= now.current.last;
    const kept = shown === null ? start : isAtEnd ? null : (shown[Math.floor(shown.length / 2)]?.seq ?? null);
    const load = kept === null ? source.entries({ dir: "b", limit: PAGE, redacted }, stop.signal) : around(kept);
    load.then(
      ({ entries, first, last }) => {
        if (stop.signal.aborted) return;
        setState({ ...NOTHING, entries, first, last });
        if (shown === null) aimAt(start ?? last);
      },
      (error: unknown) => !stop.signal.aborted && setState((before) => ({ ...before, error, isGone: before.isGone || isGoneBy(error) })),
    );
    return () => stop.abort();
  }, [source, redacted, round]);
  const isReady = state.entries !== null && !state.isGone;
  useEffect(() => {
    if (!isReady) return undefined;
    const stop = new AbortController();
    void follow(source, redacted, stop.signal, () => now.current.last, {
      appended: ({ entries, last }) => setState((before) => append(before, entries, last)),
      changed: () => setRound((before) => before + 1),
      gone: (error) => setState((before) => ({ ...before, error, isGone: true })),
    });
    return () => stop.abort();
  }, [source, redacted, isReady]);

  const earlier = useCallback(() => act(async () => {
    const lowest = now.current.entries?.[0]?.seq;
    if (lowest === undefined || lowest <= now.current.first) return;
    const page = await source.entries({ from: lowest, dir: "b", limit: PAGE, redacted });
    setState((before) => ({ ...before, error: null, entries: [...page.entries, ...(before.entries ?? [])].slice(0, MOST_SHOWN) }));
  }), [source, redacted]);
  const later = useCallback(() => act(async () => {
    const highest = now.current.entries?.at(-1)?.seq;
    if (highest === undefined || highest >= now.current.last) return;
    const page = await source.entries({ from: highest, dir: "f", limit: PAGE, redacted });
    setState((before) => ({ ...before, error: null, last: page.last, entries: [...(before.entries ?? []), ...page.entries].slice(-MOST_SHOWN) }));
  }), [source, redacted]);
  const jumpTo = useCallback((seq: number) => {
    const has = now.current.entries?.some((entry) => entry.seq === seq);
    if (has) return aimAt(seq);
    act(async () => {
      const { entries, first, last } = await around(seq);
      setState({ ...NOTHING, entries, first, last });
      aimAt(seq);
    });
  }, [around]);
  const jumpToTime = useCallback((ts: number) => act(async () => {
    const { at } = await source.entries({ at: ts, limit: 1, redacted });
    const seq = at ?? now.current.last;
    const { entries, first, last } = await around(seq);
    setState({ ...NOTHING, entries, first, last });
    aimAt(seq);
  }), [around]);
  return { ...state, isBusy, aim, earlier, later, jumpTo, jumpToTime, retry: () => setRound((before) => before + 1) };
}

/** What is new stands at the end where the end is shown; else it is only known that there is more. */
function append(before: State, entries: Shown[], last: number): State {
  const highest = before.entries?.at(-1)?.seq ?? 0;
  const isAtEnd = before.entries !== null && (entries[0]?.seq ?? 0) === highest + 1;
  return { ...before, last: Math.max(before.last, last), entries: isAtEnd ? [...(before.entries ?? []), ...entries].slice(-MOST_SHOWN) : before.entries };
}

type Told = { appended: (page: Page) => void; changed: () => void; gone: (error: unknown) => void };

async function follow(source: Source, redacted: boolean, signal: AbortSignal, last: () => number, tell: Told): Promise<void> {
  while (!signal.aborted) {
    const began = performance.now();
    try {
      const page = await source.entries({ from: last(), timeout: WAIT_MS, redacted }, signal);
      if (signal.aborted) return;
      if (page.entries.length > 0) tell.appended(page);
      // Something else has happened to it, such as that a part of it was erased.
      else if (performance.now() - began < WAIT_MS - LEAST_MS) tell.changed();
      await pause(LEAST_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (isGoneBy(error)) return tell.gone(error);
      await pause(AGAIN_MS, signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
