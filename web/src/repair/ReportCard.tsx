import { Alert, Badge, Button, Group, Paper, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { exact, short } from "../times";
import { ANSWERED, type Report, titleOf } from "./types";
import { useSend } from "./useSend";

const WAIT_MS = 25_000;
const PAUSE_MS = 3000;

/** One report: how far it is, what was said, and what its reporter may answer. It changes by itself. */
export function ReportCard({ first }: { first: Report }) {
  const { t } = useTranslation();
  const [report, setReport] = useFollowed(first);
  const action = useSend("problem_answer");
  const path = `/repair/reports/${encodeURIComponent(report.report_id)}`;
  const say = (what: string, body: object): void => void action.run(async () => setReport(await call<Report>("POST", `${path}/${what}`, { body })));
  const { isBusy } = action;
  return (
    <Paper component="article" withBorder p="md" data-report={report.report_id} data-state={report.state}>
      <Group justify="space-between" mb="xs" gap="xs">
        <Text fz="xs" c="dimmed" title={exact(report.created_ts)}>{short(report.created_ts)}</Text>
        <Badge variant="default" tt="none" role="status">{t(`repair.state.${report.state}`)}</Badge>
      </Group>
      {report.text && <Text fz="sm" fw={600} className="break">{report.text}</Text>}
      <ol className="report-said">{report.said.map((one, place) => <li key={place}><Text fz="sm" className="break report-words">{one.text}</Text></li>)}</ol>
      {report.question === "kind" && (
        <Group gap="xs" mt="sm">
          {report.candidates.map((one) => <Button key={one.kind} variant="default" mih={44} disabled={isBusy} onClick={() => say("answer", { kind: one.kind })}>{titleOf(one)}</Button>)}
          <Button variant="default" mih={44} disabled={isBusy} onClick={() => say("answer", { kind: "" })}>{t("repair.other")}</Button>
        </Group>
      )}
      {report.question === "yours" && (
        <Group gap="xs" mt="sm">
          <Button mih={44} disabled={isBusy} onClick={() => say("claim", { yours: true })}>{t("repair.yes")}</Button>
          <Button variant="default" mih={44} disabled={isBusy} onClick={() => say("claim", { yours: false })}>{t("repair.no")}</Button>
        </Group>
      )}
      {ANSWERED.includes(report.state) && (
        <Group gap="xs" mt="sm">
          {report.feedback !== "works" && <Button variant="default" mih={44} disabled={isBusy} onClick={() => say("feedback", { works: true })}>{t("repair.works")}</Button>}
          <Button variant="default" mih={44} disabled={isBusy} onClick={() => say("feedback", { works: false })}>{t("repair.broken")}</Button>
        </Group>
      )}
      {action.why !== null && <Alert mt="sm" role="alert" color="red" variant="light">{action.why}</Alert>}
    </Paper>
  );
}

/** The report as it becomes: the server answers as soon as there is news. */
function useFollowed(first: Report): [Report, (report: Report) => void] {
  const [report, setReport] = useState(first);
  const { report_id: id, version } = report;
  useEffect(() => {
    const stop = new AbortController();
    void (async () => {
      while (!stop.signal.aborted) {
        try {
          const query = { since: version, timeout: WAIT_MS };
          const news = await call<Report>("GET", `/repair/reports/${encodeURIComponent(id)}`, { query, signal: stop.signal });
          if (news.version > version) return setReport(news);
        } catch {
          if (!stop.signal.aborted) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        }
      }
    })();
    return () => stop.abort();
  }, [id, version]);
  return [report, setReport];
}
