/** What is shown is read anew when the server says that something of it has changed, while somebody looks at it. */
import { useEffect, useReducer } from "react";
import { call } from "../api";

const WAIT_MS = 50_000;
/** Each look at others' sessions is an entry of the audit log: no more of them than are of use. */
const LEAST_MS = 3000;
const AGAIN_MS = 10_000;

/** `path`: the endpoint that waits for news. */
export function useNews(path: string): { version: number; changed: () => void } {
  const [version, changed] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const stop = new AbortController();
    void follow(path, stop.signal, changed);
    return () => stop.abort();
  }, [path]);
  return { version, changed };
}

async function follow(path: string, signal: AbortSignal, changed: () => void): Promise<void> {
  let since = "";
  while (!signal.aborted) {
    try {
      const answer = await call<{ since: string }>("GET", path, { query: { since, timeout: since ? WAIT_MS : 0 }, signal });
      if (since && answer.since !== since) {
        await whenSeen(signal);
        if (!signal.aborted) changed();
        await pause(LEAST_MS, signal);
      }
      since = answer.since;
    } catch {
      await pause(AGAIN_MS, signal);
    }
  }
}

/** Resolves when the page is in sight. */
function whenSeen(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (!document.hidden || signal.aborted) return resolve();
    const look = (): void => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look, { once: true });
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
