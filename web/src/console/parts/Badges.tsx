import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { PersonState, SessionState } from "../types";

/** Each with a word: nothing is only colour. */
const TONES: Record<PersonState | SessionState, string> = {
  active: "good", on_leave: "warn", departed: "quiet", offered: "warn", waiting: "warn", open: "good", closed: "quiet",
};

export function PersonStateBadge({ state }: { state: PersonState }) {
  const { t } = useTranslation();
  return <Badge className="tone" data-tone={TONES[state]} tt="none">{t(`console.personState.${state}`)}</Badge>;
}

export function SessionStateBadge({ state }: { state: SessionState }) {
  const { t } = useTranslation();
  return <Badge className="tone" data-tone={TONES[state]} tt="none">{t(`console.sessionState.${state}`)}</Badge>;
}
