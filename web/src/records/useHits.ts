/** What was found inside a record, in its order, and which one of it is gone to. */
import { useCallback, useEffect, useState } from "react";
import { track } from "../track";
import type { Source } from "./source";
import type { Shown } from "./types";

const WAIT_MS = 300;
export type Hits = {
  term: string;
  setTerm: (term: string) => void;
  hits: readonly Shown[] | null;
  words: readonly string[];
  error: unknown;
  at: number;
  current: number | null;
  step: (by: number) => void;
  goTo: (seq: number) => void;
};

export function useHits(source: Source, redacted: boolean, onGo: (seq: number) => void): Hits {
  const [term, setTerm] = useState("");
  const [state, setState] = useState<{ hits: Shown[] | null; words: string[]; error: unknown }>({ hits: null, words: [], error: null });
  const [at, setAt] = useState(-1);
  useEffect(() => {
    const wanted = term.trim();
    setAt(-1);
    if (wanted === "") return setState({ hits: null, words: [], error: null });
    const stop = new AbortController();
    const timer = setTimeout(() => {
      track("record_search");
      source.search(wanted, redacted, stop.signal).then(
        ({ results, highlights }) => {
          if (stop.signal.aborted) return;
          const hits = results.map((hit) => hit.entry).sort((one, other) => one.seq - other.seq);
          setState({ hits, words: highlights, error: null });
          const last = hits.at(-1);
          if (last !== undefined) { setAt(hits.length - 1); onGo(last.seq); }
        },
        (error: unknown) => !stop.signal.aborted && setState({ hits: null, words: [], error }),
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [term, source, redacted]);
  const hits = state.hits ?? [];
  const move = useCallback((to: number) => {
    const hit = hits[to];
    if (hit === undefined) return;
    setAt(to);
    onGo(hit.seq);
  }, [hits, onGo]);
  return {
    term, setTerm, ...state, at, current: hits[at]?.seq ?? null,
    step: (by) => move((at + by + hits.length) % Math.max(hits.length, 1)),
    goTo: (seq) => move(hits.findIndex((hit) => hit.seq === seq)),
  };
}
