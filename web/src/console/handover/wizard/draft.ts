/** A departure that is being planned. The browser's tab keeps it, so that neither Back nor a reload loses anything. */
import { useSyncExternalStore } from "react";
import type { Departure, Kind, Plan, Rule } from "../types";

export type Draft = {
  /** The planned departure that is changed; without it a new one. */
  changes: string | null;
  userId: string | null;
  kind: Kind;
  isDated: boolean;
  /** As the field for times has it: "2027-01-31T18:00", where the browser is. */
  at: string;
  reason: string;
  plan: Plan;
};
export const STEPS = ["who", "when", "plan", "check", "confirm"] as const;
export type Step = (typeof STEPS)[number];

const KEY = "roomkeeper.handover";
export const EMPTY: Draft = { changes: null, userId: null, kind: "departure", isDated: false, at: "", reason: "", plan: {} };

let draft: Draft = read();
const listeners = new Set<() => void>();

function read(): Draft {
  try {
    return { ...EMPTY, ...(JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Partial<Draft>) };
  } catch {
    return EMPTY;
  }
}

export function setDraft(next: Draft): void {
  draft = next;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // A plan that names very many does not fit: it is kept until the page is left.
  }
  for (const listener of listeners) listener();
}

export function forgetDraft(): void {
  setDraft(EMPTY);
}

export function useDraft(): [Draft, (change: Partial<Draft>) => void, (change: Partial<Plan>) => void] {
  const known = useSyncExternalStore((listener) => { listeners.add(listener); return () => listeners.delete(listener); }, () => draft);
  return [known, (change) => setDraft({ ...draft, ...change }), (change) => setDraft({ ...draft, plan: { ...draft.plan, ...change } })];
}

/** Begin with what is planned already. */
export function toChange(departure: Departure): void {
  const { departure_id, user_id, kind, effective_ts, reason, plan } = departure;
  setDraft({ changes: departure_id, userId: user_id, kind, isDated: true, at: fieldOf(effective_ts), reason: reason ?? "", plan });
}

/** For somebody in particular: what was planned for somebody else is forgotten. */
export function forPerson(userId: string): void {
  if (draft.userId !== userId) setDraft({ ...EMPTY, userId });
}

export function fieldOf(ts: number): string {
  const there = new Date(ts - new Date(ts).getTimezoneOffset() * 60_000);
  return there.toISOString().slice(0, 16);
}

/** When it takes effect, in ms; `null`: now. `NaN` while no time is given. */
export function effectiveTs({ isDated, at }: Draft): number | null {
  return isDated ? (at ? new Date(at).getTime() : Number.NaN) : null;
}

export type Body = { user_id: string; kind: Kind; reason: string; plan: Plan; effective_ts?: number };

/** What the server takes. */
export function bodyOf(known: Draft): Body {
  const ts = effectiveTs(known);
  return { user_id: known.userId ?? "", kind: known.kind, reason: known.reason.trim(), plan: planOf(known.plan), ...(ts === null || Number.isNaN(ts) ? {} : { effective_ts: ts }) };
}

function planOf(plan: Plan): Plan {
  return { ...plan, rules: (plan.rules ?? []).map((rule) => ({ ...rule, staff_id: rule.staff_id || null, department_id: rule.staff_id ? null : rule.department_id || null })) };
}

export type Lack = "who" | "time" | "past" | "target" | "skill";

/** What a step lacks before one can go on. */
export function lackOf(known: Draft, step: Step): Lack | null {
  if (known.userId === null) return "who";
  if (step === "who") return null;
  const ts = effectiveTs(known);
  if (ts !== null && Number.isNaN(ts)) return "time";
  if (ts !== null && ts <= Date.now()) return "past";
  if (step === "when") return null;
  return (known.plan.rules ?? []).map(lackOfRule).find((lack) => lack !== null) ?? null;
}

export function lackOfRule(rule: Rule): Lack | null {
  if (!rule.staff_id && !rule.department_id) return "target";
  return rule.by === "skill" && !rule.staff_id && !rule.skill?.trim() ? "skill" : null;
}

/** The step at which the first thing is lacking. */
export function stepOfLack(lack: Lack): Step {
  return lack === "who" ? "who" : lack === "time" || lack === "past" ? "when" : "plan";
}
