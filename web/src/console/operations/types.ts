/** What the server answers to operators: docs/reference/api.md. Times are in milliseconds. */
export type State = "well" | "warning" | "failing";
export type Unit = "count" | "bytes" | "seconds" | "per_second" | "share";
export type Values = Readonly<Record<string, string | number>>;
export type Check = { name: string; state: State; code: string; text: string; advice: string; values: Values; since_ts: number };
export type Health = {
  state: State;
  ts: number;
  started_ts: number;
  server_name: string;
  version: string;
  python: string;
  database: { kind: string; version: string };
  figures: Readonly<Record<string, { unit: Unit; value: number | null }>>;
  checks: Check[];
};
export type History = { resolution: number; ts: number[]; figures: Readonly<Record<string, { unit: Unit; values: (number | null)[] }>> };

export type JobState = "queued" | "running" | "paused" | "succeeded" | "failed" | "cancelled";
export type Job = {
  job_id: string;
  name: string;
  key: string;
  state: JobState;
  progress: { done: number; total: number | null; unit: string };
  message: string;
  parameters: Readonly<Record<string, unknown>>;
  started_by: string;
  created_ts: number;
  started_ts: number | null;
  finished_ts: number | null;
  updated_ts: number;
  version: number;
  remaining_ms: number | null;
};
export type JobPage = { jobs: Job[]; revision: string; next_batch?: string };

export type AuditEntry = { id: number; ts: number; actor: string; permission: string; object: string; reason: string };
export type AuditPage = { entries: AuditEntry[]; next_batch?: string; prev_batch?: string };

/** Something that needs somebody: which words, what stands in them, and where one does something about it. */
export type AttentionItem = { code: string; state: State; page: string; view: string; values: Values };

export type Overview = {
  ts: number;
  messages: { per_minute: number | null; ts: number[]; values: number[] };
  sessions: { open: number; waiting: number; longest_since_ts: number | null; late: number; late_after_ms: number } | null;
  jobs: { running: number; waiting: number; failed: number; newest_failed: Job[] } | null;
  health: { state: State; checks: number; findings: Check[] } | null;
  attention: AttentionItem[];
};
