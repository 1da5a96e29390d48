/** What the server answers of records to officers: docs/reference/api.md. Times are in milliseconds. */
import type { RecordInfo, Shown } from "../../records/types";

export type Overview = {
  ts: number[];
  entries: number[];
  total: number;
  checkpoint: { number: number; ts: number | null; waiting: number };
  targets: { target: string; delivered: number; error: string; failing_ts: number | null }[];
  verification: { job_id: string; state: string; checked: number; started_ts: number; finished_ts: number | null; broken: { record_id: string; seq: number }[] } | null;
};
export type RecordPage = { records: RecordInfo[]; people: Record<string, string[]>; names: Record<string, string>; next_batch?: string };
export type SearchPage = { results: { record: RecordInfo; entry: Shown }[]; highlights: string[]; next_batch?: string };
export const FORMATS = ["jsonl", "csv", "html", "pdf", "eml"] as const;
export type Format = (typeof FORMATS)[number];
export type Export = {
  export_id: string;
  request: { format: Format; record_ids: string[]; person: string | null; department: string | null; program: string | null; kind: string | null };
  created_by: string;
  created_ts: number;
  job_id: string;
  size: number | null;
  sha256: string;
  counts: Record<string, number>;
  expires_ts: number | null;
};
export type Hold = { hold_id: string; what: "record" | "person" | "department"; who: string; reason: string; created_by: string; created_ts: number; released_by?: string; released_ts?: number };
export type Policy = {
  department_id: string;
  kind: "session" | "room";
  record: boolean;
  consent: "none" | "tell" | "ask";
  until_answer: boolean;
  on_refusal: "stop" | "continue" | "close";
  retention_days: number;
  reason_required: boolean;
  supervisors: boolean;
  keep_erased_accounts: boolean;
};
