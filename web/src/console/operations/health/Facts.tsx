import { Paper } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Health } from "../types";
import { duration, figure } from "../units";

const FIGURES = [
  "sends", "commit_p50", "commit_p99", "commit_queue", "sync_waiting", "users_online", "cpu", "memory", "disk_free", "database", "media", "jobs_running", "jobs_waiting",
  "analysis_workers", "analysis_waiting",
] as const;

/** What the server is, and its figures as they are now. */
export function Facts({ health }: { health: Health }) {
  const { t } = useTranslation();
  const kind = health.database.kind === "postgresql" ? "PostgreSQL" : "SQLite";
  const facts: [string, string][] = [
    [t("operations.fact.version"), `Roomkeeper ${health.version}`],
    [t("operations.fact.uptime"), duration(health.ts - health.started_ts, t)],
    [t("operations.fact.kind"), `${kind} ${health.database.version}`],
    ...FIGURES.filter((name) => health.figures[name]).map((name): [string, string] => {
      const { unit, value } = health.figures[name]!;
      return [t(`operations.figure.${name}`), figure(value, unit, t)];
    }),
  ];
  return (
    <Paper component="section" withBorder p="lg" aria-label={t("operations.health.now")}>
      <dl className="ops-facts">
        {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
    </Paper>
  );
}
