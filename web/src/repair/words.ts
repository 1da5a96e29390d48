/** The words of reports of trouble: loaded with them. */
import type { Language } from "../i18n";

export async function repairWords(language: Language): Promise<object> {
  return (language === "zh" ? await import("./words/zh.json") : await import("./words/en.json")).default;
}
