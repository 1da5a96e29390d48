/** What the server answers to those who screen: docs/reference/api.md. Times are in milliseconds. */
import type { Job } from "../operations/types";

export type Action = "allow" | "review" | "block";
export type SenderKind = "customer" | "staff" | "bot" | "organisation" | "bridge";
export type MediaKind = "image" | "video" | "audio" | "document" | "archive" | "other";
export type CaseState = "checking" | "waiting" | "approved" | "refused" | "blocked";
export type CaseKind = "held" | "blocked" | "sent";
export const ACTIONS = ["allow", "review", "block"] as const;
export const SENDERS = ["customer", "staff", "bot", "organisation", "bridge"] as const;
export const MEDIA = ["image", "video", "audio", "document", "archive", "other"] as const;

export type Box = { x: number; y: number; width: number; height: number };
export type Reason = {
  action: Action;
  source: "detector" | "text" | "decision" | "waiting" | "absent" | "failed" | "refused" | "busy";
  detector?: string;
  label?: string;
  score?: number;
  text?: string;
  media_id?: string;
  box?: Box;
  span?: { start: number; end: number };
};
export type CaseMedium = { media_id: string; sha256: string; content_type?: string; file_name?: string; size?: number };
export type Case = {
  case_id: string;
  kind: CaseKind;
  state: CaseState;
  room_id: string;
  sender: string;
  event_type?: string;
  text?: string;
  reasons?: Reason[];
  labels?: string[];
  media?: CaseMedium[];
  departments?: string[];
  created_ts: number;
  updated_ts: number;
  decided_by?: string;
  decided_ts?: number;
  refused_text?: string;
  appeal?: string;
  appealed_ts?: number;
};
export type Score = { label: string; score: number; review: number | null; block: number | null; action: Action };
export type CaseLook = { media_id: string; detector: string; outcome: string; message: string; scores: Score[] };
export type Extract = { media_id: string; detector: string; source: string; text: string };
export type CaseDetail = Case & { room_name?: string; is_session?: boolean; policy?: string; looks?: CaseLook[]; extracts?: Extract[]; marks?: [number, number][] };
export type CasePage = { cases: Case[]; next_batch?: string };
/** With the name of its sender. */
export type NamedCase = Case & { by: string };

export type Hour = {
  ts: number;
  verdicts: Readonly<Record<string, number>>;
  words: Readonly<Record<string, number>>;
  causes: Readonly<Record<string, number>>;
  waited_p50_ms: number | null;
  waited_p95_ms: number | null;
};
export type Statistics = { hours: Hour[]; cases: Readonly<Record<string, number>>; longest_since_ts: number | null };

export type Label = { description: string; review: number | null; block: number | null };
export type Detector = {
  name: string;
  version: string;
  kinds: MediaKind[];
  labels: Readonly<Record<string, Label>>;
  timeout: number;
  required: boolean;
  failing_waits: boolean;
  absent: string | null;
  needed_by: string[];
  under_way: number;
  failures: { count: number; last_ts: number; message: string } | null;
};
export type Detectors = { detectors: Detector[]; files: number; most_files: number };

export type Thresholds = { review?: number | null; block?: number | null };
export type DetectorRule = {
  enabled?: boolean;
  thresholds?: Readonly<Record<string, Thresholds>>;
  timeout?: number;
  on_failure?: Action;
  on_absence?: Action;
  on_refusal?: Action;
};
export type Match = { rooms?: string[]; departments?: string[]; senders?: SenderKind[]; media?: MediaKind[] };
export const SEEN_LATER = ["hide", "redact", "report"] as const;
export type Policy = {
  name: string;
  match?: Match;
  screen?: boolean;
  detectors?: Readonly<Record<string, DetectorRule>>;
  text?: Readonly<Record<string, Action>>;
  languages?: string[];
  deadline?: number;
  on_deadline?: Action;
  on_seen_later?: (typeof SEEN_LATER)[number];
};
export type PolicySet = { version: number; policies?: Policy[]; changed_by?: string; changed_ts?: number; reason?: string };
export type Tried = {
  action: Action;
  policy: string;
  reasons: Reason[];
  seen: { detector: string; outcome: string; labels: Readonly<Record<string, number>>; message: string }[];
  waiting: boolean;
};

export type ListKind = "words" | "expressions" | "allow";
export type TextList = {
  list_id: string;
  name: string;
  kind: ListKind;
  label: string;
  action: Action;
  language: string;
  enabled: boolean;
  entries: number;
  created_ts: number;
  updated_ts: number;
};
export type PatternError = { row: number; pattern: string; error: string };
export type Imported = { job: Job; report: { taken: number; left_out: number; errors: PatternError[] } };

export type KnownItem = {
  id: number;
  label: "prohibited" | "unwanted";
  sha256?: string;
  pdq?: string;
  source?: string;
  note?: string;
  added_ts: number;
  added_by?: string;
  features?: boolean;
  sound?: boolean;
};
