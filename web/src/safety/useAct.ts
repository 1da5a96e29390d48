/** One thing that is done at a time on the server, and why it could not be done, in words. */
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Action } from "../parts/useAction";
import { track } from "../track";
import { failureOf } from "./failure";

export function useAct(name: string): Action {
  const { t } = useTranslation();
  const [state, setState] = useState<{ state: Action["state"]; error: unknown }>({ state: "idle", error: null });
  const isBusy = useRef(false);
  const run = async (act: () => Promise<unknown>): Promise<boolean> => {
    if (isBusy.current) return false;
    isBusy.current = true;
    track(name);
    setState({ state: "busy", error: null });
    try {
      await act();
      setState({ state: "done", error: null });
      return true;
    } catch (error) {
      setState({ state: "failed", error });
      return false;
    } finally {
      isBusy.current = false;
    }
  };
  return { state: state.state, why: state.error === null ? null : failureOf(state.error, t), run, reset: () => setState({ state: "idle", error: null }) };
}
