/** One thing that is done at a time, and whether it worked. */
import { MatrixError } from "matrix-js-sdk";
import { useRef, useState } from "react";

export type Action = {
  state: "idle" | "busy" | "failed" | "done";
  /** What the server said when it refused, for people to read. */
  why: string | null;
  run: (act: () => Promise<unknown>) => Promise<boolean>;
  reset: () => void;
};

export function useAction(): Action {
  const [state, setState] = useState<Action["state"]>("idle");
  const [why, setWhy] = useState<string | null>(null);
  const isBusy = useRef(false);
  const run = async (act: () => Promise<unknown>): Promise<boolean> => {
    if (isBusy.current) return false;
    isBusy.current = true;
    setState("busy");
    try {
      await act();
      setState("done");
      return true;
    } catch (failure) {
      setWhy(failure instanceof MatrixError ? (failure.data.error ?? null) : null);
      setState("failed");
      return false;
    } finally {
      isBusy.current = false;
    }
  };
  return { state, why, run, reset: () => setState("idle") };
}
