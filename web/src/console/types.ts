/** What the server answers: docs/reference/api.md. Times are in milliseconds. */
export type Kind = "customer" | "staff" | "organisation" | "bot";
export type PersonState = "active" | "on_leave" | "departed";
export type SessionState = "offered" | "waiting" | "open" | "closed";

export type Person = {
  user_id: string;
  kind: Kind;
  state: PersonState;
  user_name: string | null;
  display_name: string;
  email: string;
  title: string;
  language: string;
  skills: string[];
  session_limit: number | null;
  external_id: string | null;
  departments: string[];
  created_ts: number;
  updated_ts: number;
  version: number;
};
export type Department = {
  department_id: string;
  name: string;
  parent_id: string | null;
  external_id: string | null;
  created_ts: number;
  updated_ts: number;
};
export type Grant = { user_id: string; role: string; department_id: string; granted_by: string; granted_ts: number };
export type Contact = { customer_id: string; staff_id: string; since_ts: number; until_ts?: number; reason?: string; end_reason?: string };
export type Session = {
  room_id: string;
  customer_id: string;
  staff_id?: string;
  department_id?: string;
  state: SessionState;
  language?: string;
  topic?: string;
  created_ts: number;
  updated_ts: number;
  waiting_ts?: number;
  closed_ts?: number;
};
