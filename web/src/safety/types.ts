/** What the server answers about safety: docs/reference/api.md. Times are in milliseconds, angles in degrees, lengths in metres. */
export const KINDS = ["fire", "medical", "violence", "accident", "missing_person", "evacuation", "flood", "weather", "hazardous_material", "building", "power", "other"] as const;
export type Kind = (typeof KINDS)[number];
export const STATES = ["countdown", "open", "handled", "resolved", "closed", "cancelled", "joined"] as const;
export type EventState = (typeof STATES)[number];
export const RELATIONS = ["parent", "child", "partner", "relative", "guardian", "carer", "teacher", "friend", "neighbour", "colleague", "other"] as const;
export type Relation = (typeof RELATIONS)[number];
export type Role = "reporter" | "near" | "follower" | "organisation" | "officer" | "concerned";
export type AskedState = "waiting" | "asked" | "confirmed" | "declined" | "withdrawn" | "failed";
export type Sharing = "off" | "approximate" | "exact";
export type When = "trusted" | "always";

export type Circle = { latitude: number; longitude: number; radius: number };
/** Corners are latitude, longitude. */
export type Area = { circles?: readonly Circle[]; polygons?: readonly { corners: readonly (readonly [number, number])[] }[] };

export type SafetyEvent = {
  event_id: string;
  kind: Kind;
  state: EventState;
  source: "person" | "organisation" | "cap";
  source_key: string | null;
  raised_by: string;
  room_id: string | null;
  due_ts: number | null;
  created_ts: number;
  updated_ts: number;
  details: { title: string; text?: string; area: Area; severity?: string; is_trusted?: boolean; expires_ts?: number; joined_to?: string; handled_by?: string; closed_ts?: number; closed_by?: string; summary?: string };
};
export type EventView = { event: SafetyEvent; role: Role | null; counts: [Role, AskedState, number][] | null };

export type Following = {
  following_id: string;
  follower: string;
  followed: string;
  relation: Relation;
  message?: string;
  state: "asked" | "confirmed" | "declined" | "ended";
  when?: When;
  asked_ts: number;
  answered_ts?: number;
  ended_ts?: number;
};
export type Preferences = { location: Sharing; asked: boolean; joins: readonly Kind[] };
export type Position = { latitude: number; longitude: number; accuracy: number; ts: number; expires_ts: number; mode: "once" | "live"; source: "app" | "beacon"; is_approximate: boolean };
export const FEATURES = ["name", "phone", "plate", "badge", "belonging", "face", "voice"] as const;
export type FeatureKind = (typeof FEATURES)[number];
export type Feature = { feature_id: string; kind: FeatureKind; label?: string; text?: string; content_type?: string; size?: number; created_by: string; created_ts: number };
export type Asked = { event_id: string; user_id: string; role: Role; reason: string; place: number; state: AskedState; room_id: string | null; found_ts: number; asked_ts: number | null; answered_ts: number | null };
export type Guardian = { minor: string; guardian: string; declared_by: string; declared_ts: number };

/** All that is kept of a person. */
export type Kept = {
  user_id: string;
  decides: boolean;
  preferences: Preferences;
  guardians: Guardian[];
  wards: string[];
  followings: Following[];
  features: Feature[];
  raised: SafetyEvent[];
  asked: Asked[];
  compared: { ts: number; state: "waiting" | "confirmed" | "rejected" }[];
  asked_because_of_me: { event_id: string; follower: string; ts: number }[];
  strikes: { event_id: string; reason: string; ts: number }[];
  position: Position | null;
  location_room: string | null;
  kept: { live_minutes: number; once_minutes: number; approximate_hours: number; followings_days: number; groups_days: number };
};
