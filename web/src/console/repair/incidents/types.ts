/** Several reports of one fault; members that are empty are left out. */
export type Incident = {
  incident_id: string;
  kind: string;
  deviation?: string;
  is_known?: boolean;
  holds?: boolean;
  text_en?: string;
  text_zh?: string;
  reports?: number;
  users?: number;
  opened_by: string;
  opened_ts: number;
  last_ts: number;
  closed_ts?: number | null;
};
export type IncidentsPage = { incidents: Incident[]; next_batch?: string };
