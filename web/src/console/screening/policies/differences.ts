/** What is different between two versions of the policies: name by name, value by value. */
import type { Policy } from "../types";

export type Difference = { policy: string; kind: "added" | "removed" | "changed" | "moved"; path: string; before: string; after: string };

/** The values of an object by their paths: `detectors.malware.timeout` to `20`. */
function flat(value: unknown, path: string, found: Map<string, string>): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [name, one] of Object.entries(value)) flat(one, path === "" ? name : `${path}.${name}`, found);
  } else if (path !== "name") {
    found.set(path, Array.isArray(value) ? value.join(", ") : String(value ?? "–"));
  }
}

function flattened(policy: Policy): Map<string, string> {
  const found = new Map<string, string>();
  flat(policy, "", found);
  return found;
}

export function differencesOf(before: readonly Policy[], after: readonly Policy[]): Difference[] {
  const found: Difference[] = [];
  const known = new Map(before.map((policy) => [policy.name, policy]));
  const left = new Set(after.map((policy) => policy.name));
  for (const { name } of before) if (!left.has(name)) found.push({ policy: name, kind: "removed", path: "", before: "", after: "" });
  for (const policy of after) {
    const old = known.get(policy.name);
    if (old === undefined) found.push({ policy: policy.name, kind: "added", path: "", before: "", after: "" });
    else found.push(...changesOf(old, policy));
  }
  const order = (several: readonly Policy[], others: ReadonlySet<string>): string[] => several.map(({ name }) => name).filter((name) => others.has(name));
  const was = order(before, left);
  const is = order(after, new Set(known.keys()));
  is.forEach((name, index) => was[index] !== name && found.push({ policy: name, kind: "moved", path: "", before: String(was.indexOf(name) + 1), after: String(index + 1) }));
  return found;
}

function changesOf(before: Policy, after: Policy): Difference[] {
  const [was, is] = [flattened(before), flattened(after)];
  const paths = [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path));
  return paths.map((path) => ({ policy: after.name, kind: "changed", path, before: was.get(path) ?? "", after: is.get(path) ?? "" }));
}
