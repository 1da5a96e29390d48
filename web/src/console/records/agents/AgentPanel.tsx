import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { Empty } from "../../../parts/States";
import { useLoad } from "../../load";
import { namesOf } from "../../names";
import { bytes, duration, number } from "../../operations/units";
import { useAction } from "../../parts/action";
import { Ago } from "../../parts/Ago";
import { Broken } from "../../parts/Broken";
import { Confirm } from "../../parts/Confirm";
import { DrawerSection } from "../../parts/DrawerSection";
import { Facts } from "../../parts/Facts";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { AgentBadge } from "./state";
import type { Agent, AgentPage, Problem, Source } from "./types";

const MOST_OF_ONE = 500;
/** Below that, clocks are as good as the same. */
const CLOCKS_DIFFER_MS = 60_000;
type Named = { agent: Agent; name: string; revokedBy: string };

/** One agent, by its person and device: how it was when it was last heard of. */
export function AgentPanel({ place, version, onChanged }: { place: string; version: number; onChanged: () => void }) {
  const { t } = useTranslation();
  const [isEnding, setEnding] = useState(false);
  const { value, error, reload } = useLoad((signal) => find(place, signal), [place, version]);
  if (value === undefined) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />;
  if (value === null) return <Empty title={t("agents.goneTitle")} text={t("agents.goneText")} />;
  const { agent, name } = value;
  return (
    <Stack gap="md">
      <div>
        <Title order={2} fz="lg">{name}</Title>
        <Group gap="sm"><AgentBadge agent={agent} /><span className="soft">{agent.report.host}</span></Group>
      </div>
      <AgentFacts {...value} />
      {agent.gone_ts === undefined && <Group><Button variant="default" h={44} onClick={() => setEnding(true)}>{t("agents.end.open")}</Button></Group>}
      <Sources sources={agent.report.sources ?? []} />
      <Problems problems={agent.report.problems ?? []} />
      {isEnding && <End {...value} onDone={onChanged} onClose={() => setEnding(false)} />}
    </Stack>
  );
}

async function find(place: string, signal: AbortSignal): Promise<Named | null> {
  const [person = "", device = ""] = place.split(" ");
  const { agents } = await call<AgentPage>("GET", "/records/agents", { query: { person, limit: MOST_OF_ONE }, signal });
  const agent = agents.find((one) => one.device_id === device);
  if (agent === undefined) return null;
  const name = await namesOf([agent.user_id, agent.revoked_by], signal);
  return { agent, name: name(agent.user_id), revokedBy: agent.revoked_by ? name(agent.revoked_by) : "" };
}

function AgentFacts({ agent, revokedBy }: Named) {
  const { t } = useTranslation();
  const { report } = agent;
  const offset = agent.clock_offset_ms;
  const clock = Math.abs(offset) < CLOCKS_DIFFER_MS ? "" : t(offset > 0 ? "agents.clockAhead" : "agents.clockBehind", { time: duration(Math.abs(offset), t) });
  return (
    <Facts
      facts={[
        [t("agents.column.user_id"), agent.user_id],
        [t("agents.column.seen"), <Ago ts={agent.seen_ts} />],
        [t("agents.ended"), agent.gone_ts && <><Ago ts={agent.gone_ts} />{revokedBy && ` ${t("agents.endedBy", { name: revokedBy })}`}</>],
        [t("agents.paused"), report.paused_since && <Ago ts={report.paused_since} />],
        [t("agents.column.waiting"), number(report.waiting ?? 0)],
        [t("agents.column.oldest"), report.oldest_ts && <Ago ts={report.oldest_ts} />],
        [t("agents.refused"), report.refused ? number(report.refused) : ""],
        [t("agents.column.spool"), bytes(report.bytes ?? 0)],
        [t("agents.column.uploaded"), number(report.acknowledged ?? 0)],
        [t("agents.clock"), clock],
        [t("agents.column.version"), report.version],
        [t("agents.column.device_id"), agent.device_id],
        [t("agents.column.first"), <Ago ts={agent.first_ts} />],
      ]}
    />
  );
}

function Sources({ sources }: { sources: readonly Source[] }) {
  const { t } = useTranslation();
  return (
    <DrawerSection title={t("agents.sources")}>
      {sources.length === 0 && <Text fz="sm" c="dimmed">{t("agents.noSources")}</Text>}
      <ul className="plain-list agent-sources">
        {sources.map((one) => (
          <li key={one.source}>
            <span><b>{one.source}</b>{one.program && one.program !== one.source && <span className="soft"> {one.program}</span>}{one.error && <span className="agent-error">{one.error}</span>}</span>
            <span className="soft">{t("agents.found", { count: one.entries ?? 0, all: number(one.entries ?? 0) })}</span>
          </li>
        ))}
      </ul>
    </DrawerSection>
  );
}

function Problems({ problems }: { problems: readonly Problem[] }) {
  const { t } = useTranslation();
  if (problems.length === 0) return null;
  return (
    <DrawerSection title={t("agents.column.problems")}>
      <Text fz="sm" c="dimmed">{t("agents.problemsText")}</Text>
      <ul className="plain-list agent-sources">
        {problems.map((one) => (
          <li key={`${one.source} ${one.where} ${one.why}`}>
            <span>{one.why}<span className="soft agent-where">{[one.source, one.where].filter(Boolean).join(": ")}</span></span>
            <span className="soft">{t("agents.times", { count: one.times ?? 1 })}, <Ago ts={one.ts} /></span>
          </li>
        ))}
      </ul>
    </DrawerSection>
  );
}

function End({ agent, name, onDone, onClose }: Named & { onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("agent_sign_out");
  const end = async (): Promise<void> => {
    const path = `/records/agents/${encodeURIComponent(agent.user_id)}/${encodeURIComponent(agent.device_id)}`;
    if (await action.run(async () => void (await call("DELETE", path)))) { onDone(); onClose(); }
  };
  return (
    <Confirm opened title={t("agents.end.title", { name })} label={t("agents.end.go")} action={action} isDanger onConfirm={() => void end()} onClose={onClose}>
      <Text fz="sm">{t("agents.end.text", { name, host: agent.report.host || agent.device_id })}</Text>
    </Confirm>
  );
}
