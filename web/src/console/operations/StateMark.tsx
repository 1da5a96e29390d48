import { Badge } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { State } from "./types";

const ICONS = { well: IconCircleCheck, warning: IconAlertTriangle, failing: IconCircleX };

/** How something is: a sign and a word, not only a colour. */
export function StateMark({ state }: { state: State }) {
  const { t } = useTranslation();
  const Icon = ICONS[state];
  return <Badge variant="outline" className="state" data-state={state} leftSection={<Icon size={14} aria-hidden />}>{t(`operations.state.${state}`)}</Badge>;
}
