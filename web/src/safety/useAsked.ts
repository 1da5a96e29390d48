/** What the server answers, and asked again when something has changed. */
import { useCallback, useEffect, useState } from "react";
import { call } from "../api";

/** `value` stays while it is asked for anew. */
export type Answered<T> = { value: T | undefined; error: unknown; reload: () => void };

export function useAsked<T>(path: string, everyMs = 0): Answered<T> {
  const [state, setState] = useState<{ path: string; value: T | undefined; error: unknown }>({ path, value: undefined, error: null });
  const [count, setCount] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const look = (): void => {
      call<T>("GET", path, { signal: stop.signal }).then(
        (value) => !stop.signal.aborted && setState({ path, value, error: null }),
        (error: unknown) => !stop.signal.aborted && setState((before) => ({ path, value: before.path === path ? before.value : undefined, error })),
      );
    };
    look();
    const timer = everyMs > 0 ? setInterval(() => document.visibilityState === "visible" && look(), everyMs) : undefined;
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [path, everyMs, count]);
  const reload = useCallback(() => setCount((before) => before + 1), []);
  return state.path === path ? { value: state.value, error: state.error, reload } : { value: undefined, error: null, reload };
}
