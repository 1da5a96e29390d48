/** The choice whether one is tracked, with its words: settings load it when they are opened. */
import type { ComponentType } from "react";
import { addWordsNow, type Language } from "../i18n";

async function trackingWords(language: Language): Promise<object> {
  return (language === "zh" ? await import("./words/zh.json") : await import("./words/en.json")).default;
}

export async function load(): Promise<{ default: ComponentType }> {
  await addWordsNow(trackingWords);
  return import("./TrackingChoice");
}
