import { call } from "../../api";
import { spoken } from "../../i18n";
import { type Loaded, useLoad } from "../load";
import type { ShownKind, Words } from "./types";

/** The kinds of trouble, with their plans. */
export function useKinds(): Loaded<ShownKind[]> {
  return useLoad(async (signal) => (await call<{ kinds: ShownKind[] }>("GET", "/repair/plans", { signal })).kinds, []);
}

/** Words of a plan, as the page speaks. */
export function said(words: Words): string {
  return words[spoken()];
}
