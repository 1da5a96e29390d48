import { Paper, Text, Title } from "@mantine/core";
import { IconChevronRight, IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { hrefOf } from "../../route";
import { checkName, checkText } from "../checks";
import { useJobName } from "../jobs/JobProgress";
import { StateMark } from "../StateMark";
import type { Overview, State } from "../types";
import { duration } from "../units";

type Item = { key: string; state: State; title: string; text: string; href: string };

/** What needs somebody first; each leads to where one does something about it. */
export function Attention({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const items = useItems(overview);
  return (
    <section aria-label={t("operations.attention.title")} className="ops-stack">
      <Title order={2} fz="md">{t("operations.attention.title")}</Title>
      {items.length === 0 && (
        <Paper withBorder p="lg" className="ops-row"><IconCircleCheck size={22} color="var(--rk-good)" aria-hidden /><Text>{t("operations.attention.none")}</Text></Paper>
      )}
      {items.map(({ key, state, title, text, href }) => (
        <Paper key={key} component="a" withBorder p="md" href={href} className="finding attention" data-state={state}>
          <StateMark state={state} />
          <span className="attention-words"><b>{title}</b><span className="break">{text}</span></span>
          <IconChevronRight size={20} aria-hidden />
        </Paper>
      ))}
    </section>
  );
}

function useItems({ sessions, health, jobs }: Overview): Item[] {
  const { t } = useTranslation();
  const nameOf = useJobName();
  const items: Item[] = [];
  if (sessions !== null && sessions.late > 0) {
    const text = t("operations.attention.lateText", { count: sessions.late, time: duration(sessions.late_after_ms, t) });
    items.push({ key: "late", state: "failing", title: t("operations.attention.late", { count: sessions.late }), text, href: hrefOf("sessions", null, { state: "waiting" }) });
  }
  // A failed job is told of by itself, where one may see jobs.
  for (const check of health?.findings ?? []) {
    if (check.code === "jobs.failed" && jobs !== null) continue;
    items.push({ key: check.name, state: check.state, title: checkName(check, t), text: checkText(check, t), href: hrefOf("health") });
  }
  for (const job of jobs?.newest_failed ?? []) {
    items.push({ key: job.job_id, state: "warning", title: t("operations.attention.job", { name: nameOf(job) }), text: job.message, href: hrefOf("jobs", job.job_id) });
  }
  return items.sort((one, other) => Number(one.state !== "failing") - Number(other.state !== "failing"));
}
