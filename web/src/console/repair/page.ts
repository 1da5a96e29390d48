/** The page of repair, with its words, which the console has no need of before. */
import type { ComponentType } from "react";
import { addWordsNow, type Language } from "../../i18n";

async function deskWords(language: Language): Promise<object> {
  return (language === "zh" ? await import("./words/zh.json") : await import("./words/en.json")).default;
}

export async function load(): Promise<{ default: ComponentType }> {
  await addWordsNow(deskWords);
  return import("./RepairPage");
}
