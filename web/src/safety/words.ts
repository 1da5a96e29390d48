/** The words of safety: loaded with it. */
import type { Language } from "../i18n";

export async function safetyWords(language: Language): Promise<object> {
  return (language === "zh" ? await import("./words/zh.json") : await import("./words/en.json")).default;
}
