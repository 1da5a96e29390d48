/** What is shown while it changes: asked for again and again, and kept while the server is away. */
import { type DependencyList, useCallback, useEffect, useState } from "react";

export type Live<T> = { value: T | undefined; error: unknown; reload: () => void };

/** `value` stays when the server cannot be asked; `error` says why it is old. Nothing is asked while nobody looks. */
export function useLive<T>(load: (signal: AbortSignal) => Promise<T>, dependencies: DependencyList, everyMs: number): Live<T> {
  const [state, setState] = useState<{ value: T | undefined; error: unknown }>({ value: undefined, error: null });
  const [count, setCount] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const look = (): void => {
      load(stop.signal).then(
        (value) => !stop.signal.aborted && setState({ value, error: null }),
        (error: unknown) => !stop.signal.aborted && setState((before) => ({ ...before, error })),
      );
    };
    look();
    const timer = setInterval(() => document.visibilityState === "visible" && look(), everyMs);
    document.addEventListener("visibilitychange", look);
    return () => {
      stop.abort();
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [...dependencies, everyMs, count]);
  const reload = useCallback(() => setCount((before) => before + 1), []);
  return { ...state, reload };
}
