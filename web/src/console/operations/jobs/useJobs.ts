/** Jobs as they go on: one long-poll for all of them, which the server answers when any has changed. */
import { useCallback, useEffect, useState } from "react";
import { call, type QueryValue } from "../../../api";
import type { Live } from "../live";
import type { JobPage } from "../types";

const WAIT_MS = 25_000;
const PAUSE_MS = 700;
const AFTER_FAILURE_MS = 3000;

/** A page of jobs, always as it is now. `filter` must stay the same object while it says the same. */
export function useJobs(filter: Readonly<Record<string, QueryValue>>): Live<JobPage> {
  const [state, setState] = useState<{ value: JobPage | undefined; error: unknown }>({ value: undefined, error: null });
  const [count, setCount] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    void follow(filter, stop.signal, (value) => setState({ value, error: null }), (error) => setState((before) => ({ ...before, error })));
    return () => stop.abort();
  }, [filter, count]);
  const reload = useCallback(() => setCount((before) => before + 1), []);
  return { ...state, reload };
}

async function follow(
  filter: Readonly<Record<string, QueryValue>>, signal: AbortSignal, tell: (page: JobPage) => void, fail: (error: unknown) => void,
): Promise<void> {
  let since = "";
  while (!signal.aborted) {
    try {
      const page = await call<JobPage>("GET", "/jobs", { query: { ...filter, since, timeout: since ? WAIT_MS : 0 }, signal });
      if (signal.aborted) return;
      since = page.revision;
      tell(page);
      await sleep(PAUSE_MS);
    } catch (error) {
      if (signal.aborted) return;
      since = "";
      fail(error);
      await sleep(AFTER_FAILURE_MS);
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
