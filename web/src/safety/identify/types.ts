/** What the server answers about identification: docs/reference/api.md. Boxes are parts of a picture's width and height. */
import type { FeatureKind } from "../types";

export type Box = readonly [number, number, number, number];
export type Evidence = { feature_id: string; kind: FeatureKind; score: number; threshold: number; box?: Box; at_ms?: number; text?: string };
export type Candidate = { user_id: string; display_name?: string; state?: "waiting" | "confirmed" | "rejected"; score: number; evidence?: Evidence[]; decided_by?: string; decided_ts?: number; reason?: string };
export type Submission = {
  identification_id: string;
  event_id: string;
  requested_by: string;
  created_ts: number;
  state: "waiting" | "review" | "nothing" | "failed" | "decided";
  content_type: string;
  size: number;
  note?: string;
  looked_ts?: number;
  failure?: string;
  found?: { faces?: number; voices?: number; lines?: number; is_thing?: boolean };
  candidates?: Candidate[];
};
export type SubmissionPage = { identifications: Submission[]; next_batch?: string };

export function pathOf(eventId: string, identificationId = ""): string {
  return `/safety/events/${encodeURIComponent(eventId)}/identifications${identificationId && `/${encodeURIComponent(identificationId)}`}`;
}
