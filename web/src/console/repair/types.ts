/** What the server tells of repair; see docs/reference/api.md. */
export type Side = "client" | "server";
export type Words = { en: string; zh: string };
export type Point = { name: string; side: Side; order: number; title: Words; schema: object; optional?: boolean; failure?: boolean; pair?: string; compare?: string[]; within_ms?: number };
export type Kind = { kind: string; version: number; title: Words; description: Words; correlation?: string; window_hours?: number; points: Point[] };
export type Problem = { severity: "error" | "warning"; point: string; text: string };
export type ShownKind = { plan: Kind; edited: boolean; problems: Problem[] };
export type PlanVersion = { version: number; ts: number; author: string; reason: string };
export type Properties = Readonly<Record<string, unknown>>;
export type TrackedEvent = { number: number; name: string; ts: number; received_ts: number; skew_ms: number | null; source: string; properties: Properties; drift?: string[] };
export type Step = { point: string; title: Words; side: Side; order: number; ts: number; duration_ms: number; failure: boolean; event: TrackedEvent };
export type Deviation = { code: "failed" | "missing" | "out_of_order" | "late" | "schema" | "mismatch"; point: string; side: Side; after: number | null; text: string; fields?: string[] };
export type Attempt = { correlation_id: string; began_ts: number; ended_ts: number; steps: Step[]; deviation: Deviation | null };
export type Finding = { code: string; point: string; number: number | null; text: string };
export type Flow = { user_id: string; kind: string; version: number; since_ts: number; until_ts: number; events: number; attempts: Attempt[]; subject: number | null; findings: Finding[] };
export type Volume = { ts: number; name: string; side: Side; source: string; stored: number; drifted: number; replayed: number; late: number };
export type WriteKey = { key_id: string; name: string; side: Side; per_second: number; created_by: string; created_ts: number; revoked_ts?: number | null; last_used_ts?: number | null };
