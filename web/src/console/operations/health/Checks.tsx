import { Button, Paper, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { exact } from "../../../times";
import { checkAdvice, checkName, checkText } from "../checks";
import { StateMark } from "../StateMark";
import type { Check } from "../types";

/** What is not well first, each with what to do; what is well on demand. */
export function Checks({ checks }: { checks: readonly Check[] }) {
  const { t } = useTranslation();
  const wrong = checks.filter((check) => check.state !== "well");
  const [isAll, setAll] = useState(false);
  const shown = isAll ? checks : wrong;
  return (
    <section aria-label={t("operations.health.checks")} className="ops-stack">
      {wrong.length === 0 && (
        <Paper withBorder p="lg" className="ops-row"><StateMark state="well" /><Text>{t("operations.health.allWell", { count: checks.length })}</Text></Paper>
      )}
      {shown.map((check) => <Finding key={check.name} check={check} />)}
      <div>
        <Button variant="subtle" h={44} aria-expanded={isAll} onClick={() => setAll(!isAll)}>
          {t(isAll ? "operations.health.fewer" : "operations.health.all", { count: checks.length })}
        </Button>
      </div>
    </section>
  );
}

function Finding({ check }: { check: Check }) {
  const { t } = useTranslation();
  const advice = checkAdvice(check, t);
  return (
    <Paper component="article" withBorder p="md" className="finding" data-state={check.state}>
      <div className="ops-row">
        <StateMark state={check.state} />
        <Text fw={600}>{checkName(check, t)}</Text>
        {check.state !== "well" && <Text fz="sm" c="dimmed"><time dateTime={new Date(check.since_ts).toISOString()}>{t("operations.health.since", { time: exact(check.since_ts) })}</time></Text>}
      </div>
      <Text fz="sm" mt={4} className="break">{checkText(check, t)}</Text>
      {advice && <Text fz="sm" mt={4} className="break"><b>{t("operations.health.advice")}</b> {advice}</Text>}
    </Paper>
  );
}
