import type { TFunction } from "i18next";
import type { Upload } from "./upload";
import { uploadsBegin } from "./when";

/** What becomes of a file, in a line. */
export function stateWords(upload: Upload, t: TFunction): string {
  if (upload.state === "refused") return upload.why ? t("attachment.refusedWhy", { why: upload.why }) : t("attachment.refused");
  if (upload.state === "failed") return upload.isCutOff ? t("attachment.cutOff") : (upload.why ?? t("attachment.failed"));
  if (upload.state === "waiting" && upload.message === null && uploadsBegin() === "send") return t("attachment.onSend");
  if (upload.state === "ready" && upload.sealed !== null) return t("attachment.sealed");
  return t(`attachment.${upload.state}`, { percent: Math.round(upload.progress * 100) });
}
