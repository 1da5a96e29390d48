import { Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../me";
import { hrefOf } from "../../route";
import { StateMark } from "../StateMark";
import type { Overview } from "../types";
import { duration, number, short } from "../units";

/** The three figures; each leads to its page, where one may see that. */
export function Cards({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { sessions, messages, health, jobs } = overview;
  return (
    <div className="ops-cards">
      {sessions && (
        <Card title={t("operations.card.sessions")} page="sessions" query={{ state: "waiting" }} isLate={sessions.late > 0} value={number(sessions.waiting)}>
          {sessions.longest_since_ts === null
            ? t("operations.card.noneWaits", { count: sessions.open })
            : t("operations.card.longest", { time: duration(overview.ts - sessions.longest_since_ts, t) })}
        </Card>
      )}
      <Card title={t("operations.card.messages")} page="health" value={messages.per_minute === null ? "–" : short(Math.round(messages.per_minute))}>
        {t("operations.card.perMinute")}
      </Card>
      {health && (
        <Card title={t("operations.card.health")} page="health" value={<StateMark state={health.state} />}>
          {t("operations.card.checks", { count: health.checks, well: health.checks - health.findings.length })}
        </Card>
      )}
      {!health && jobs && (
        <Card title={t("operations.pages.jobs")} page="jobs" isLate={jobs.failed > 0} value={number(jobs.running + jobs.waiting)}>{t("operations.card.failed", { count: jobs.failed })}</Card>
      )}
    </div>
  );
}

type CardProps = { title: string; page: string; query?: Readonly<Record<string, string>>; value: ReactNode; isLate?: boolean; children: ReactNode };

function Card({ title, page, query = {}, value, isLate = false, children }: CardProps) {
  const me = useMe();
  const isOpen = me.pages.some((seen) => seen.id === page);
  const content = (
    <>
      <Text fz="sm" c="dimmed">{title}</Text>
      <div className="ops-figure" data-late={isLate || undefined}>{value}</div>
      <Text fz="sm" c="dimmed">{children}</Text>
    </>
  );
  return isOpen ? <Paper component="a" withBorder p="lg" href={hrefOf(page, null, query)} className="ops-card">{content}</Paper> : <Paper withBorder p="lg" className="ops-card">{content}</Paper>;
}
