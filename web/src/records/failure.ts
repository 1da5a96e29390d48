/** What went wrong, in words; the same for chat, console and links. */
import type { TFunction } from "i18next";
import { ApiError, Unreachable } from "../api";

export function failureOf(error: unknown, t: TFunction): string {
  if (error instanceof Unreachable) return t("record.failed.unreachable");
  if (!(error instanceof ApiError)) return t("record.failed.page");
  if (error.incident !== null) return t("record.failed.incident", { incident: error.incident });
  return t("record.failed.refused", { words: error.message });
}
