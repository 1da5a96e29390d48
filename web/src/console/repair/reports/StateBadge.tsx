import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ReportState } from "../../../repair/types";

const COLOURS: Partial<Record<ReportState, string>> = { repaired: "green", unverified: "yellow", waiting: "orange", approval: "orange", failed: "red", closed: "gray" };

export function StateBadge({ state = "new" }: { state?: ReportState | undefined }) {
  const { t } = useTranslation();
  return <Badge variant="light" color={COLOURS[state] ?? "blue"}>{t(`repairDesk.state.${state}`)}</Badge>;
}
