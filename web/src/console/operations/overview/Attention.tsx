import { Paper, Text, Title } from "@mantine/core";
import { IconChevronRight, IconCircleCheck } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import type { Summary } from "../../handover/types";
import { may, useMe } from "../../me";
import { namesOf } from "../../names";
import { hrefOf } from "../../route";
import { checkName, checkText } from "../checks";
import { useJobName } from "../jobs/JobProgress";
import { useLive } from "../live";
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

/** What stands in the words: times with their units, names that have words. */
function valueWords(name: string, value: string | number, t: TFunction): string | number {
  if (name.endsWith("_ms")) return duration(Number(value), t);
  if (name === "detector") return t(`screening.detector.${value}`, { defaultValue: String(value) });
  if (name === "policies") return String(value).split(", ").map((one) => (one === "default" ? t("screening.policies.default") : one)).join(", ");
  return value;
}

function useItems({ sessions, health, jobs, attention }: Overview): Item[] {
  const { t } = useTranslation();
  const nameOf = useJobName();
  const without = useWithout();
  const items: Item[] = [];
  for (const { id, name, customers } of without) {
    items.push({ key: id, state: "warning", title: t("handover.attention.title", { name }), text: t("handover.attention.text", { count: customers }), href: hrefOf("handover", id) });
  }
  if (sessions !== null && sessions.late > 0) {
    const text = t("operations.attention.lateText", { count: sessions.late, time: duration(sessions.late_after_ms, t) });
    items.push({ key: "late", state: "failing", title: t("operations.attention.late", { count: sessions.late }), text, href: hrefOf("sessions", null, { state: "waiting" }) });
  }
  for (const { code, state, page, view, values } of attention) {
    const shown = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, valueWords(name, value, t)]));
    items.push({ key: `${code} ${JSON.stringify(values)}`, state, title: t(`attention.${code}.title`, shown), text: t(`attention.${code}.text`, shown), href: hrefOf(page, null, { view }) });
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

const EVERY_MS = 15_000;

/** Departures with customers whom nobody takes care of. */
function useWithout(): readonly { id: string; name: string; customers: number }[] {
  const mayRead = may(useMe(), "departures.read");
  const { value } = useLive(async (signal) => {
    if (!mayRead) return [];
    const { without } = await call<Summary>("GET", "/departures/summary", { signal });
    const name = await namesOf(without.map((one) => one.user_id), signal);
    return without.map((one) => ({ id: one.departure_id, name: name(one.user_id), customers: one.customers }));
  }, [mayRead], EVERY_MS);
  return value ?? [];
}
