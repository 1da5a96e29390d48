/** The filters of the audit log, as they stand in the address and as the server takes them. */
import type { QueryValue } from "../../../api";

export const TEXTS = ["actor", "object", "permission", "text"] as const;
export const DAYS = ["since", "until"] as const;
export const NAMES = [...TEXTS, ...DAYS];

/** The query of the server: days (`2026-05-01`) are whole days where the browser is. */
export function asked(query: URLSearchParams): Record<string, QueryValue> {
  const found: Record<string, QueryValue> = Object.fromEntries(TEXTS.map((name) => [name, query.get(name)]));
  return { ...found, since: dayStart(query.get("since"), 0), until: dayStart(query.get("until"), 1) };
}

function dayStart(day: string | null, later: number): number | null {
  const [year, month, date] = (day ?? "").split("-").map(Number);
  if (!year || !month || !date) return null;
  const ts = new Date(year, month - 1, date + later).getTime();
  return Number.isFinite(ts) && ts >= 0 ? ts : null;
}

export function isFiltered(query: URLSearchParams): boolean {
  return NAMES.some((name) => query.get(name));
}
