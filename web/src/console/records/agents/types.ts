/** What the server answers of agents on desktops: docs/reference/api.md. Times are in milliseconds. */
export const RULES = ["all", "on_request", "never"] as const;
export type Rule = (typeof RULES)[number];

export type Source = { source: string; program?: string; state?: string; error?: string; entries?: number };
export type Problem = { source?: string; where?: string; why: string; ts: number; times?: number };
export type Report = {
  version: string;
  host?: string;
  now_ts: number;
  waiting?: number;
  refused?: number;
  bytes?: number;
  oldest_ts?: number;
  paused_since?: number;
  acknowledged?: number;
  sources?: Source[];
  problems?: Problem[];
};
export type Agent = {
  user_id: string;
  device_id: string;
  report: Report;
  has_problems: boolean;
  clock_offset_ms: number;
  first_ts: number;
  seen_ts: number;
  gone_ts?: number;
  revoked_by?: string;
};
export type AgentPage = { agents: Agent[]; next_batch?: string };

export type Program = { program: string; record: Rule };
export type AgentPolicy = {
  department_id: string;
  programs: Program[];
  others: Rule;
  may_pause: boolean;
  screenshots: boolean;
  keep_hours: number;
  most_spool_mb: number;
};
