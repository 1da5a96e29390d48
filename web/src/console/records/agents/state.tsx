import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Agent } from "./types";

/** Agents say how they are every ten minutes: after so long without a word, one is off, or cannot reach the server. */
const SILENT_MS = 3_600_000;
/** So long without a word, and one should look. */
export const LONG_SILENT_MS = 86_400_000;

export type AgentState = "well" | "problems" | "paused" | "silent" | "signedOut";
/** Each with a word: nothing is only colour. */
const TONES: Record<AgentState, string> = { well: "good", problems: "warn", paused: "warn", silent: "quiet", signedOut: "quiet" };

export function stateOf(agent: Agent): AgentState {
  if (agent.gone_ts !== undefined) return "signedOut";
  if (agent.seen_ts < Date.now() - SILENT_MS) return "silent";
  if (agent.has_problems) return "problems";
  return agent.report.paused_since === undefined ? "well" : "paused";
}

/** How many things are wrong: sources that fail, problems of reading, entries that the server does not take. */
export function troubles({ report }: Agent): number {
  return (report.sources ?? []).filter((one) => one.error).length + (report.problems?.length ?? 0) + (report.refused ?? 0);
}

export function AgentBadge({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const state = stateOf(agent);
  return <Badge className="tone" data-tone={TONES[state]} tt="none">{t(`agents.state.${state}`)}</Badge>;
}
