/** Policies that somebody is changing: kept in the browser until they are saved, also when the page is loaded again. */
import { useState } from "react";
import { useMe } from "../../me";
import type { Policy, PolicySet } from "../types";

type Kept = { version: number; policies: Policy[] };
export type Draft = {
  policies: Policy[];
  isChanged: boolean;
  /** Somebody else has saved another version since this was begun. */
  isBehind: boolean;
  change: (policies: Policy[]) => void;
  drop: () => void;
  /** Take what is in force now as what is changed. */
  rebase: () => void;
};

export function useDraft(saved: PolicySet): Draft {
  const me = useMe();
  const key = `roomkeeper.screening.policies.${me.person.user_id}`;
  const [kept, setKept] = useState<Kept | null>(() => read(key));
  const set = (next: Kept | null): void => {
    if (next === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(next));
    setKept(next);
  };
  const inForce = saved.policies ?? [];
  const isSame = kept === null || JSON.stringify(kept.policies) === JSON.stringify(inForce);
  return {
    policies: kept?.policies ?? inForce,
    isChanged: !isSame,
    isBehind: !isSame && kept !== null && kept.version !== saved.version,
    change: (policies) => set({ version: kept !== null && !isSame ? kept.version : saved.version, policies }),
    drop: () => set(null),
    rebase: () => kept !== null && set({ ...kept, version: saved.version }),
  };
}

function read(key: string): Kept | null {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "null") as Kept | null;
    return kept !== null && typeof kept.version === "number" && Array.isArray(kept.policies) ? kept : null;
  } catch {
    return null;
  }
}

/** An object without what is empty, as the server leaves it out too. */
export function compact<T extends object>(value: T): T {
  const kept = Object.entries(value).filter(([, one]) => one !== undefined && !(Array.isArray(one) && one.length === 0) && !(isPlain(one) && Object.keys(one).length === 0));
  return Object.fromEntries(kept) as T;
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function newName(policies: readonly Policy[], base: string): string {
  const names = new Set(policies.map((one) => one.name));
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base} ${number}`;
    if (!names.has(name)) return name;
  }
}
