/** What the server answers of handover: docs/reference/api.md. Times are in milliseconds. */
export type Kind = "departure" | "transfer";
export type DepartureState = "planned" | "running" | "finished" | "cancelled" | "undoing" | "undone";
export type Status = "pending" | "waiting" | "accepted" | "declined" | "taken_over" | "at_limit" | "failed" | "withdrawn" | "gone";
export type Way = "invitation" | "question" | "in_place" | "existing";
export type Strategy = "least_loaded" | "round_robin" | "language" | "skill";
export type Rule = {
  languages?: readonly string[];
  departments?: readonly string[];
  staff_id?: string | null;
  department_id?: string | null;
  by?: Strategy;
  skill?: string;
};
export type Plan = {
  customers?: Readonly<Record<string, string>>;
  rules?: readonly Rule[];
  limit?: number | null;
  at_limit?: "queue" | "wait";
  mode?: "offer" | "in_place";
  take_over_after_ms?: number | null;
  groups_to?: string | null;
};
export type Departure = {
  departure_id: string;
  user_id: string;
  kind: Kind;
  state: DepartureState;
  effective_ts: number;
  began_ts?: number;
  finished_ts?: number;
  plan: Plan;
  reason?: string;
  created_by: string;
  created_ts: number;
  updated_ts: number;
  job_id?: string;
};
export type Statuses = Readonly<Partial<Record<Status, number>>>;
export type Departures = { departures: Departure[]; next_batch?: string; statuses?: Readonly<Record<string, Statuses>> };
export type Report = { departure: Departure; statuses: Statuses; unanswered: number; successors: Readonly<Record<string, number>> };
export type Summary = {
  planned: number;
  under_way: number;
  waiting: number;
  waiting_since_ts: number | null;
  nobody: number;
  without: { departure_id: string; user_id: string; customers: number }[];
};
export type Offer = {
  departure_id: string;
  room_id: string;
  customer_id: string;
  status: Status;
  way?: Way;
  successor_id?: string;
  department_id?: string;
  new_room_id?: string;
  language?: string;
  unanswered?: boolean;
  offered_ts?: number;
  answered_ts?: number;
  take_over_ts?: number;
  updated_ts: number;
  error?: string;
};
export type GroupRoom = { departure_id: string; room_id: string; status: "done" | "failed" | "restored"; successor_id?: string; level?: number; updated_ts: number; error?: string };
export type Group = { by: "rule" | "name" | "queue"; rule: number | null; customers: number };
export type Preview = {
  customers: number;
  unanswered: number;
  nobody: number;
  other_language: number;
  group_rooms: number;
  shares: { user_id: string | null; department_id: string | null; customers: number; sessions: number }[];
  groups: Group[];
  rules: Rule[];
};
export const ONLY = ["nobody", "queue", "other_language", "unanswered", "named"] as const;
export type PlannedCustomer = {
  customer_id: string;
  room_id: string;
  topic?: string;
  language?: string;
  department_id?: string;
  updated_ts: number;
  unanswered?: boolean;
  successor_id?: string;
  to_department_id?: string;
  rule?: number;
  is_named?: boolean;
  other_language?: boolean;
};

export const STATUSES: readonly Status[] = ["pending", "waiting", "accepted", "taken_over", "declined", "at_limit", "failed", "gone", "withdrawn"];
export const STATES: readonly DepartureState[] = ["planned", "running", "finished", "undoing", "undone", "cancelled"];

export function total(statuses: Statuses): number {
  return STATUSES.reduce((sum, status) => sum + (statuses[status] ?? 0), 0);
}

/** Customers whom nobody takes care of. */
export function withoutAnybody(statuses: Statuses): number {
  return (statuses.at_limit ?? 0) + (statuses.failed ?? 0);
}
