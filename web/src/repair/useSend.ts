/** One thing that is sent at a time, and why it could not be, in words. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api";
import { track } from "../track";

export type Sending = { isBusy: boolean; why: string | null; run: (act: () => Promise<unknown>) => Promise<void> };

export function useSend(name: string): Sending {
  const { t } = useTranslation();
  const [state, setState] = useState<{ isBusy: boolean; why: string | null }>({ isBusy: false, why: null });
  const run = async (act: () => Promise<unknown>): Promise<void> => {
    if (state.isBusy) return;
    track(name);
    setState({ isBusy: true, why: null });
    try {
      await act();
      setState({ isBusy: false, why: null });
    } catch (error) {
      setState({ isBusy: false, why: error instanceof ApiError ? error.message : t("repair.unreachable") });
    }
  };
  return { ...state, run };
}
