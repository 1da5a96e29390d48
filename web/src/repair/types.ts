import { spoken } from "../i18n";

/** A report of trouble, as who reported sees it. See docs/repair.md. */
export type ReportState = "new" | "asking" | "waiting" | "approval" | "running" | "verifying" | "repaired" | "unverified" | "failed" | "closed";
export type Kind = { kind: string; title_en: string; title_zh: string };
export type Report = {
  report_id: string;
  kind: string;
  state: ReportState;
  question: "" | "kind" | "yours";
  candidates: Kind[];
  text: string;
  said: { ts: number; what: string; text: string }[];
  feedback: string;
  created_ts: number;
  answered_ts: number | null;
  version: number;
};

export function titleOf(kind: Kind): string {
  return spoken() === "zh" ? kind.title_zh : kind.title_en;
}

export const ANSWERED: readonly ReportState[] = ["repaired", "unverified", "failed", "closed"];
