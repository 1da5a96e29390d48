/** What comes from the server, in its states: on its way, refused, there. */
import { type DependencyList, useCallback, useEffect, useState } from "react";

/** `value` stays while it is loaded anew. */
export type Loaded<T> = { value: T | undefined; error: unknown; isLoading: boolean; reload: () => void };

export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, dependencies: DependencyList): Loaded<T> {
  const [state, setState] = useState<{ value: T | undefined; error: unknown; isLoading: boolean }>({ value: undefined, error: null, isLoading: true });
  const [count, setCount] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setState((before) => ({ ...before, isLoading: true }));
    load(stop.signal).then(
      (value) => !stop.signal.aborted && setState({ value, error: null, isLoading: false }),
      (error: unknown) => !stop.signal.aborted && setState({ value: undefined, error, isLoading: false }),
    );
    return () => stop.abort();
  }, [...dependencies, count]);
  const reload = useCallback(() => setCount((before) => before + 1), []);
  return { ...state, reload };
}
