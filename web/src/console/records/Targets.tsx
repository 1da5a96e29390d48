import { Paper, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { useLoad } from "../load";
import { number } from "../operations/units";
import { agoWords } from "../parts/Ago";
import { Id } from "../parts/Id";
import type { Overview } from "./types";

/** Where signed checkpoints go: said by the server's settings, shown here. */
export function Targets() {
  const { t } = useTranslation();
  const { value } = useLoad((signal) => call<Overview>("GET", "/records/overview", { signal }), []);
  return (
    <Paper withBorder p="lg" component="section" aria-label={t("records.targets.title")}>
      <Title order={2} fz="md">{t("records.targets.title")}</Title>
      <Text fz="sm" c="dimmed">{t("records.targets.text")}</Text>
      {value?.targets.length === 0 && <Text fz="sm" mt="sm">{t("records.targets.none")}</Text>}
      <ul className="plain-list">
        {value?.targets.map((one) => (
          <li key={one.target}>
            <Id text={one.target} />
            <span>{one.failing_ts === null ? t("records.targets.upTo", { number: number(one.delivered) }) : t("records.targets.failing", { ago: agoWords(one.failing_ts), error: one.error })}</span>
          </li>
        ))}
      </ul>
    </Paper>
  );
}
