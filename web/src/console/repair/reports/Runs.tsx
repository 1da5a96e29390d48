import { Badge, Group, Paper, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { exact } from "../../../times";
import type { Run, Step } from "./types";

const TONES: Record<string, string> = { succeeded: "good", failed: "danger", uncertain: "warn", stopped: "warn", approval: "warn" };

/** What was run for a report, step by step. */
export function Runs({ runs }: { runs: readonly Run[] }) {
  const { t } = useTranslation();
  if (runs.length === 0) return <Text fz="sm" c="dimmed">{t("repairDesk.run.none")}</Text>;
  return runs.map((run) => (
    <Paper key={run.run_id} withBorder p="sm" mb="sm">
      <Group justify="space-between" gap="xs">
        <Text fz="sm" fw={600}>{run.operation.title}<Text span fz="xs" c="dimmed"> · {t("repairDesk.run.version", { version: run.operation.version })} · {exact(run.created_ts)}</Text></Text>
        <Badge className="tone" data-tone={TONES[run.state] ?? "quiet"} tt="none">{t(`repairDesk.runState.${run.state}`)}</Badge>
      </Group>
      {run.error && <Text fz="sm" className="break">{run.error}</Text>}
      <ol className="findings">
        {run.operation.steps.map((step, place) => {
          const done = run.steps?.find((one) => one.number === place);
          return <li key={place}><code>{nameOf(step)}</code> · {t(`repairDesk.stepState.${done?.state ?? "open"}`)}{done?.error && <small>{done.error}</small>}</li>;
        })}
      </ol>
    </Paper>
  ));
}

export function nameOf(step: Step): string {
  if (step.do === "remedy") return step.name;
  if (step.do === "http") return `${step.call.method ?? "POST"} ${step.call.url}`;
  return step.do === "wait" ? `wait ${step.seconds} s` : "tell";
}
