/** The departments, which many pages name. Loaded once; again after a change. */
import { useEffect, useSyncExternalStore } from "react";
import { call } from "../api";
import type { Department } from "./types";

const PAGE = 500;
const MOST_PAGES = 40;

type State = { departments: readonly Department[]; error: unknown; isLoaded: boolean };
let state: State = { departments: [], error: null, isLoaded: false };
let loading: Promise<void> | null = null;
const listeners = new Set<() => void>();

function set(next: State): void {
  state = next;
  for (const listener of listeners) listener();
}

async function fetchAll(): Promise<Department[]> {
  const found: Department[] = [];
  let from = "";
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await call<{ departments: Department[]; next_batch?: string }>("GET", "/departments", { query: { from, limit: PAGE } });
    found.push(...answer.departments);
    if (answer.next_batch === undefined) break;
    from = answer.next_batch;
  }
  return found;
}

export function reloadDepartments(): Promise<void> {
  loading = fetchAll().then(
    (departments) => set({ departments, error: null, isLoaded: true }),
    (error: unknown) => set({ departments: [], error, isLoaded: true }),
  );
  return loading;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useDepartments(): State {
  useEffect(() => void (loading ?? reloadDepartments()), []);
  return useSyncExternalStore(subscribe, () => state);
}

/** What a department is called, with those above it: "Sales / North". */
export function pathOf(departments: readonly Department[], id: string): string {
  const names: string[] = [];
  const seen = new Set<string>();
  let one = departments.find((department) => department.department_id === id);
  while (one !== undefined && !seen.has(one.department_id)) {
    seen.add(one.department_id);
    names.unshift(one.name);
    const parent = one.parent_id;
    one = parent === null ? undefined : departments.find((department) => department.department_id === parent);
  }
  return names.length > 0 ? names.join(" / ") : id;
}

export type Option = { value: string; label: string };

/** All departments to choose from, by their paths. */
export function departmentOptions(departments: readonly Department[]): Option[] {
  return departments.map((one) => ({ value: one.department_id, label: pathOf(departments, one.department_id) })).sort((a, b) => a.label.localeCompare(b.label));
}
