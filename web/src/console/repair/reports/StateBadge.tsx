import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ReportState } from "../../../repair/types";

const TONES: Partial<Record<ReportState, string>> = { repaired: "good", unverified: "warn", waiting: "warn", approval: "warn", failed: "danger" };

export function StateBadge({ state = "new" }: { state?: ReportState | undefined }) {
  const { t } = useTranslation();
  return <Badge className="tone" data-tone={TONES[state] ?? "quiet"} tt="none">{t(`repairDesk.state.${state}`)}</Badge>;
}
