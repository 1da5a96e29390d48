/** The page of safety, with its words, which the console has no need of before. */
import type { ComponentType } from "react";
import { addWordsNow } from "../../i18n";
import { safetyWords } from "../../safety/words";

type Language = Parameters<typeof safetyWords>[0];

async function deskWords(language: Language): Promise<object> {
  return (language === "zh" ? await import("./words/zh.json") : await import("./words/en.json")).default;
}

export async function load(): Promise<{ default: ComponentType }> {
  await addWordsNow(safetyWords);
  await addWordsNow(deskWords);
  return import("./SafetyPage");
}
