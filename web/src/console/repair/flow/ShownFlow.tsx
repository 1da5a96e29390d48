import { Button, CopyButton, Group, Paper, Select, Text, Title } from "@mantine/core";
import { IconCheck, IconCopy, IconRefresh } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { request } from "../../../api";
import { exact, short } from "../../../times";
import { changeQuery, useRoute } from "../../route";
import type { Attempt, Flow, Kind } from "../types";
import { Timeline } from "./Timeline";

type Props = { flow: Flow; plan: Kind; isLoading: boolean; onReload: () => void };

/** One attempt as a timeline, the others to choose from, and how far all that can be trusted. */
export function ShownFlow({ flow, plan, isLoading, onReload }: Props) {
  const { t } = useTranslation();
  const asked = useRoute().query.get("attempt");
  const attempt = flow.attempts.find((one) => one.correlation_id === asked) ?? (flow.subject === null ? undefined : flow.attempts[flow.subject]);
  const outcome = (one: Attempt): string => (one.deviation === null ? t("repairDesk.flow.good") : t(`repairDesk.deviation.${one.deviation.code}`));
  return (
    <div className="flow">
      <Group justify="space-between" align="flex-end">
        <Text fz="sm" c="dimmed">{t("repairDesk.flow.span", { from: exact(flow.since_ts), to: exact(flow.until_ts), events: flow.events, attempts: flow.attempts.length, version: flow.version })}</Text>
        <Group gap="sm">
          <Button variant="default" h={44} loading={isLoading} leftSection={<IconRefresh size={18} />} onClick={onReload}>{t("repairDesk.flow.again")}</Button>
          <AsText flow={flow} />
        </Group>
      </Group>
      {attempt === undefined && <Paper withBorder p="lg"><Text>{t("repairDesk.flow.nothing")}</Text></Paper>}
      {attempt !== undefined && (
        <>
          <Select
            size="md" maw={560} label={t("repairDesk.flow.attempt")} allowDeselect={false} value={attempt.correlation_id} onChange={(value) => changeQuery({ attempt: value })}
            data={flow.attempts.map((one) => ({ value: one.correlation_id, label: `${short(one.began_ts)} · ${outcome(one)} · ${one.correlation_id}` }))}
          />
          <Timeline attempt={attempt} plan={plan} />
        </>
      )}
      {flow.findings.length > 0 && <Findings flow={flow} plan={plan} />}
    </div>
  );
}

function Findings({ flow, plan }: { flow: Flow; plan: Kind }) {
  const { t, i18n } = useTranslation();
  const titleOf = (name: string): string => {
    const title = plan.points.find((one) => one.name === name)?.title;
    return title === undefined ? name : title[i18n.language === "zh" ? "zh" : "en"];
  };
  return (
    <Paper component="section" withBorder p="lg" aria-label={t("repairDesk.flow.findings")}>
      <Title order={2} fz="md">{t("repairDesk.flow.findings")}</Title>
      <ul className="findings">
        {flow.findings.map((one, place) => (
          <li key={place}>
            <strong>{t(`repairDesk.finding.${one.code}`)}</strong>{one.point && <> · {titleOf(one.point)}</>}
            <small title={one.text}>{one.text}</small>
          </li>
        ))}
      </ul>
    </Paper>
  );
}

/** The flow as text, for a ticket or an e-mail. */
function AsText({ flow }: { flow: Flow }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  useEffect(() => {
    const stop = new AbortController();
    request("GET", "/_roomkeeper/v1/repair/flow/text", { query: { user_id: flow.user_id, kind: flow.kind }, signal: stop.signal })
      .then((answer) => answer.text()).then((said) => !stop.signal.aborted && setText(said), () => {});
    return () => stop.abort();
  }, [flow]);
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => <Button variant="default" h={44} disabled={text === ""} leftSection={copied ? <IconCheck size={18} /> : <IconCopy size={18} />} onClick={copy}>{t(copied ? "console.copied" : "repairDesk.flow.copy")}</Button>}
    </CopyButton>
  );
}
