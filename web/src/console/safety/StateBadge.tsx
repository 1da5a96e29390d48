import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { EventState } from "../../safety/types";

const TONES: Readonly<Record<EventState, string>> = { countdown: "quiet", open: "danger", handled: "warn", resolved: "good", closed: "quiet", cancelled: "quiet", joined: "quiet" };

/** How far an event is: a word, not only a colour. */
export function StateBadge({ state }: { state: EventState }) {
  const { t } = useTranslation();
  return <Badge className="tone" data-tone={TONES[state]} tt="none">{t(`safety.state.${state}`)}</Badge>;
}
