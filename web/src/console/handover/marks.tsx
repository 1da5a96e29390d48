import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Tone } from "../operations/charts/options";
import type { DepartureState, Status } from "./types";

const STATE_TONES: Readonly<Record<DepartureState, string>> = { planned: "warn", running: "warn", finished: "good", undoing: "warn", undone: "quiet", cancelled: "quiet" };
const STATUS_TONES: Readonly<Record<Status, string>> = {
  pending: "quiet", waiting: "warn", accepted: "good", taken_over: "good", declined: "quiet", at_limit: "bad", failed: "bad", gone: "quiet", withdrawn: "quiet",
};
/** In charts, where parts touch, each status has a colour of its own. */
export const CHART_TONES: Readonly<Record<Status, Tone>> = {
  pending: "line", waiting: "warn", accepted: "good", taken_over: "link", declined: "soft", at_limit: "danger", failed: "danger", gone: "line", withdrawn: "line",
};

export function StateBadge({ state }: { state: DepartureState }) {
  const { t } = useTranslation();
  return <Badge className="tone" data-tone={STATE_TONES[state]} data-departure={state} tt="none">{t(`handover.state.${state}`)}</Badge>;
}

export function StatusBadge({ status }: { status: Status }) {
  const { t } = useTranslation();
  return <Badge className="tone" data-tone={STATUS_TONES[status]} data-status={status} tt="none">{t(`handover.status.${status}`)}</Badge>;
}
