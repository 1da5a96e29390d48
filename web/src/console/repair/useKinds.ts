import { call } from "../../api";
import { spoken } from "../../i18n";
import { type Loaded, useLoad } from "../load";
import type { ShownKind, Words } from "./types";

/** What a kind of trouble may be named. */
export const KIND = /^[a-z][a-z0-9_]{0,63}$/;

/** The kinds of trouble, with their plans. */
export function useKinds(): Loaded<ShownKind[]> {
  return useLoad(async (signal) => (await call<{ kinds: ShownKind[] }>("GET", "/repair/plans", { signal })).kinds, []);
}

/** Words of a plan, as the page speaks. */
export function said(words: Words): string {
  return words[spoken()];
}
