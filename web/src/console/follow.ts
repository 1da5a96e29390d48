/** A job as it stands: the server answers as soon as there is news of it. */
import { useEffect, useState } from "react";
import { call } from "../api";

const WAIT_MS = 30_000;
const AGAIN_MS = 3000;
const OVER: readonly string[] = ["succeeded", "failed", "cancelled"];

type Versioned = { state: string; version: number };

export function isOver(job: Versioned): boolean {
  return OVER.includes(job.state);
}

/** What `path` answers, until the job in it is over. `onOver` is called then. */
export function useFollowed<T>(path: string, jobOf: (answer: T) => Versioned, onOver: () => void): { value: T | null; error: unknown } {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const stop = new AbortController();
    setValue(null);
    void (async () => {
      let known = null as Versioned | null;
      while (!stop.signal.aborted && (known === null || !isOver(known))) {
        try {
          const query: Readonly<Record<string, number>> = known === null ? {} : { since: known.version, timeout: WAIT_MS };
          const answer = await call<T>("GET", path, { query, signal: stop.signal });
          known = jobOf(answer);
          setValue(answer);
          setError(null);
        } catch (failure) {
          if (stop.signal.aborted) return;
          setError(failure);
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        }
      }
      if (!stop.signal.aborted) onOver();
    })();
    return () => stop.abort();
  }, [path]);
  return { value, error };
}
