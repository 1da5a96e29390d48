/** The customer's answer to whether they may be recorded. */
import type { Room } from "matrix-js-sdk";
import { useState } from "react";
import { call } from "../api";
import { track } from "../track";

export type Answer = { isBusy: boolean; error: unknown; give: (agrees: boolean) => Promise<void> };

export function useAnswer(room: Room): Answer {
  const [state, setState] = useState<{ isBusy: boolean; error: unknown }>({ isBusy: false, error: null });
  const give = async (agrees: boolean): Promise<void> => {
    setState({ isBusy: true, error: null });
    track("recording_answer", { room_id: room.roomId, agrees });
    try {
      await call("PUT", `/records/consent/${encodeURIComponent(room.roomId)}`, { body: { agrees } });
      setState({ isBusy: false, error: null });
    } catch (error) {
      setState({ isBusy: false, error });
    }
  };
  return { ...state, give };
}
