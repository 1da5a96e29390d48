export type Counts = { created: number; changed: number; unchanged: number; failed: number };
export type RowError = { line: number; name: string; error: string };
export type ImportRecord = { import_id: string; size: number; created_ts: number; created_by: string; job_id: string | null; counts: Counts };
export type ImportOptions = { mapping: Record<string, string>; create_departments: boolean };
export type Preview = {
  encoding: string;
  delimiter: string;
  columns: string[];
  mapping: Record<string, string>;
  rows: Record<string, string>[];
  counts: Counts;
  errors: RowError[];
  new_departments: string[];
};
export type Job = {
  job_id: string;
  state: "queued" | "running" | "paused" | "succeeded" | "failed" | "cancelled";
  progress: { done: number; total: number | null; unit: string };
  message: string;
  version: number;
};

/** What a column can be. Empty: nothing that is taken. */
export const FIELDS = [
  "", "user_name", "localpart", "display_name", "given_name", "family_name", "email", "title", "language", "skills", "session_limit", "external_id",
  "departments", "state", "kind",
] as const;

export function isOver(job: Job): boolean {
  return job.state === "succeeded" || job.state === "failed" || job.state === "cancelled";
}
