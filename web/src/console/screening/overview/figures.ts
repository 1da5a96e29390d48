/** What was counted, as charts show it. */
import type { TFunction } from "i18next";
import type { Series } from "../../operations/charts/options";
import type { Hour } from "../types";

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export type Span = { id: string; hours: number; step: "hour" | "day"; stepMs: number };
export const SPANS: readonly Span[] = [
  { id: "day", hours: 24, step: "hour", stepMs: HOUR_MS },
  { id: "week", hours: 168, step: "hour", stepMs: HOUR_MS },
  { id: "month", hours: 720, step: "day", stepMs: DAY_MS },
];
type Drawn = { ts: number[]; series: Series[] };

/** Every hour (or day) of a span, also those in which there was nothing. */
function times({ hours, stepMs }: Span, until: number): number[] {
  const last = Math.floor(until / stepMs) * stepMs;
  const count = (hours * HOUR_MS) / stepMs;
  return Array.from({ length: count }, (_, index) => last - (count - 1 - index) * stepMs);
}

const sum = (...counts: readonly (number | undefined)[]): number => counts.reduce<number>((total, count) => total + (count ?? 0), 0);
export const heldIn = ({ verdicts, words }: Hour): number => sum(verdicts["review"], verdicts["wait"], words["review"]);
export const refusedIn = ({ verdicts, words }: Hour): number => sum(verdicts["block"], verdicts["refused"], words["block"]);

export function verdictsOf(hours: readonly Hour[], span: Span, until: number, t: TFunction): Drawn {
  const known = new Map(hours.map((hour) => [hour.ts, hour]));
  const ts = times(span, until);
  const line = (name: string, of: (hour: Hour) => number): Series => ({ name: t(`screening.verdict.${name}`), values: ts.map((at) => { const hour = known.get(at); return hour ? of(hour) : 0; }) });
  return { ts, series: [line("delivered", (hour) => sum(hour.verdicts["allow"])), line("held", heldIn), line("refused", refusedIn)] };
}

export function waitsOf(hours: readonly Hour[], span: Span, until: number, t: TFunction): Drawn {
  const known = new Map(hours.map((hour) => [hour.ts, hour]));
  const ts = times(span, until);
  if (!hours.some((hour) => hour.waited_p50_ms !== null)) return { ts: [], series: [] };
  return {
    ts,
    series: [
      { name: t("screening.overview.p50"), values: ts.map((at) => known.get(at)?.waited_p50_ms ?? null) },
      { name: t("screening.overview.p95"), values: ts.map((at) => known.get(at)?.waited_p95_ms ?? null) },
    ],
  };
}

/** Causes with how often each was one, the most frequent first. */
export function causesOf(hours: readonly Hour[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const hour of hours) for (const [cause, count] of Object.entries(hour.causes)) counts.set(cause, (counts.get(cause) ?? 0) + count);
  return [...counts].sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0]));
}
