/** The words of the viewer: loaded with it. */
import type { Language } from "../i18n";

export async function recordWords(language: Language): Promise<object> {
  return (language === "zh" ? await import("./words/zh.json") : await import("./words/en.json")).default;
}
