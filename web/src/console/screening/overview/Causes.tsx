import { Paper, Progress, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { number } from "../../operations/units";
import type { Hour } from "../types";
import { causeWords } from "../words";
import { causesOf } from "./figures";

const SHOWN = 12;

/** What led to a message being held or refused, as bars. */
export function Causes({ hours }: { hours: readonly Hour[] }) {
  const { t } = useTranslation();
  const causes = causesOf(hours);
  const most = causes[0]?.[1] ?? 1;
  return (
    <Paper component="section" withBorder p="lg" className="chart" aria-label={t("screening.overview.causes")}>
      <Title order={2} fz="md">{t("screening.overview.causes")}</Title>
      <Text fz="xs" c="dimmed">{t("screening.overview.causesUnit")}</Text>
      {causes.length === 0 && <div className="chart-canvas chart-empty"><Text c="dimmed" fz="sm">{t("screening.overview.noCauses")}</Text></div>}
      <ul className="causes">
        {causes.slice(0, SHOWN).map(([cause, count]) => (
          <li key={cause}>
            <span className="cause-words"><span>{causeWords(cause, t)}</span><b>{number(count)}</b></span>
            <Progress size={8} value={(100 * count) / most} aria-label={causeWords(cause, t)} />
          </li>
        ))}
      </ul>
      {causes.length > SHOWN && <Text fz="xs" c="dimmed">{t("screening.overview.moreCauses", { count: causes.length - SHOWN })}</Text>}
    </Paper>
  );
}
