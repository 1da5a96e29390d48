/** What a check found, in the language that is spoken: the server says which words, and what stands in them. */
import type { TFunction } from "i18next";
import type { Check } from "./types";
import { bytes, number } from "./units";

/** Numbers with their units; where the name of a value ends so, it is one of bytes. */
function shown(check: Check): Record<string, string> {
  return Object.fromEntries(
    Object.entries(check.values).map(([name, value]) => {
      if (typeof value === "string") return [name, value];
      if (name.endsWith("_bytes")) return [name, bytes(value)];
      return [name, name === "seconds" ? number(value * 1000) : number(value)];
    }),
  );
}

export function checkName(check: Check, t: TFunction): string {
  return t(`operations.checkName.${check.code.split(".")[0]}`, { defaultValue: check.name, ...shown(check) });
}

export function checkText(check: Check, t: TFunction): string {
  return t(`operations.finding.${check.code}.text`, { defaultValue: check.text, ...shown(check) });
}

export function checkAdvice(check: Check, t: TFunction): string {
  if (check.advice === "") return "";
  return t(`operations.finding.${check.code}.advice`, { defaultValue: check.advice, ...shown(check) });
}
