/** What the server answers to safety officers: docs/reference/api.md. */
import type { Area, Asked, Guardian, Kind, SafetyEvent } from "../../safety/types";

export type Overview = { countdown: number; open: number; handled: number; resolved: number; found: number; asked: number; came: number; sharing: number; candidates: number; ts: number[]; raised: number[] };
export type EventPage = { events: SafetyEvent[]; next_batch?: string };
export type AskedPage = { asked: Asked[]; next_batch?: string };
export type GuardianPage = { guardians: Guardian[]; next_batch?: string };
export type Feed = { feed_id: string; name: string; url: string; minutes: number; added_by: string; added_ts: number; next_ts: number; state: { fetched_ts?: number; failures?: number; error?: string; taken?: number } };
export type Organisation = { user_id: string; name: string; area: Area; kinds: Kind[]; changed_by: string; changed_ts: number };
