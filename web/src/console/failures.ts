/** What went wrong, in words. */
import type { TFunction } from "i18next";
import { ApiError, Unreachable } from "../api";

export function failureWords(error: unknown, t: TFunction): string {
  if (error instanceof Unreachable) return t("console.failed.unreachable");
  if (!(error instanceof ApiError)) return t("console.failed.page");
  if (error.incident !== null) return t("console.failed.incident", { incident: error.incident });
  if (error.status === 429) return t("console.failed.tooOften");
  if (error.status === 409) return t("console.failed.changed");
  return t("console.failed.refused", { words: error.message });
}
