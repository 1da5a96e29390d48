import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { PersonState, SessionState } from "../types";

const COLOURS: Record<PersonState | SessionState, string> = {
  active: "green.9", on_leave: "orange.9", departed: "gray.7", waiting: "orange.9", open: "green.9", closed: "gray.7",
};

export function PersonStateBadge({ state }: { state: PersonState }) {
  const { t } = useTranslation();
  return <Badge color={COLOURS[state]} variant="filled" tt="none">{t(`console.personState.${state}`)}</Badge>;
}

export function SessionStateBadge({ state }: { state: SessionState }) {
  const { t } = useTranslation();
  return <Badge color={COLOURS[state]} variant="filled" tt="none">{t(`console.sessionState.${state}`)}</Badge>;
}
