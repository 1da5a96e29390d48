import { Indicator } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { PRESENCE_EVENTS } from "../chat/events";
import { useClient, useVersion } from "../hooks";

export type PresenceState = "online" | "unavailable" | "offline";

/** Whether somebody is here now, as far as it is known. */
export function usePresence(userId: string): PresenceState {
  const user = useClient().getUser(userId);
  useVersion(user, PRESENCE_EVENTS);
  if (user === null || user.presence === "offline") return "offline";
  return user.currentlyActive || user.presence === "online" ? "online" : "unavailable";
}

/** A face with a dot; the dot has words, too. */
export function WithPresence({ userId, children }: { userId: string; children: ReactNode }) {
  const { t } = useTranslation();
  const state = usePresence(userId);
  return (
    <Indicator disabled={state === "offline"} color={state === "online" ? "green.7" : "yellow.7"} position="bottom-end" offset={5} size={12} withBorder>
      {children}
      {state !== "offline" && <span className="visually-hidden">{t(`presence.${state}`)}</span>}
    </Indicator>
  );
}
