import type { ReportState } from "../../../repair/types";
import type { Flow } from "../types";

/** A report as engineers see it; members that are empty are left out. */
export type DeskReport = {
  report_id: string;
  user_id: string;
  reported_by: string;
  source: "form" | "chat" | "api" | "rageshake";
  kind?: string;
  state?: ReportState;
  why?: string;
  text?: string;
  client?: string;
  language?: string;
  properties?: Record<string, string>;
  incident_id?: string;
  operation_id?: string;
  operation_version?: number;
  deviation?: string;
  attached?: { name: string; size: number }[];
  notes?: { ts: number; what: string; by?: string; values?: Record<string, string> }[];
  repeats?: number;
  reopened?: number;
  created_ts: number;
  updated_ts: number;
  answered_ts?: number | null;
  version?: number;
};
export type ReportsPage = { reports: DeskReport[]; counts: Partial<Record<ReportState, number>>; next_batch?: string };
export type RunStep = { number: number; state: string; attempts?: number; begun_ts: number; ended_ts?: number; output?: Record<string, unknown>; error?: string };
export type Run = { run_id: string; state: string; operation: Operation; steps?: RunStep[]; error?: string; approved_by?: string; created_ts: number; ended_ts?: number };
export type Compared = { correlation_id: string; client_point: string; server_point: string; client: Record<string, unknown> | null; server: Record<string, unknown> | null; fields: string[] };
export type Verification = { outcome: "success" | "failed" | "unverified"; since_ts: number; compared: Compared[]; missing: string[]; failure: string; fields: string[] };
export type Collected = { what: "flow"; ts: number; document: Flow } | { what: "verification"; ts: number; document: Verification };
export type Whole = { report: DeskReport; collected: Collected[]; runs: Run[]; incident: { incident_id: string; text_en?: string } | null; others: DeskReport[] };
export type Step = { do: "remedy"; name: string; parameters?: Record<string, string> } | { do: "http"; call: { method?: string; url: string } } | { do: "wait"; seconds: number } | { do: "tell"; text_en: string; text_zh?: string };
export type NewOperation = { kind: string; title: string; title_zh?: string; steps: Step[]; conditions?: { path: string; one_of?: string[]; exists?: boolean }[]; words?: Partial<Record<"en" | "zh", string[]>>; priority?: number; is_dangerous?: boolean; is_enabled?: boolean; owner?: string; note?: string };
export type Operation = NewOperation & { operation_id: string; version: number; is_builtin?: boolean; changed_by: string; changed_ts: number };

export const STATES: readonly ReportState[] = ["new", "asking", "waiting", "approval", "running", "verifying", "repaired", "unverified", "failed", "closed"];
