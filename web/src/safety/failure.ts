/** What went wrong, in words. */
import type { TFunction } from "i18next";
import { ApiError, Unreachable } from "../api";
import { NoPosition } from "./position";

const MINUTE_MS = 60_000;

export function failureOf(error: unknown, t: TFunction): string {
  if (error instanceof Unreachable) return t("safety.failed.unreachable");
  if (error instanceof NoPosition) return t(`safety.failed.${error.why}`);
  if (!(error instanceof ApiError)) return t("safety.failed.page");
  if (error.incident !== null) return t("safety.failed.incident", { incident: error.incident });
  if (error.status === 429) return t("safety.failed.limited", { count: Math.ceil((Number(error.data["retry_after_ms"]) || MINUTE_MS) / MINUTE_MS), words: error.message });
  return t("safety.failed.refused", { words: error.message });
}
