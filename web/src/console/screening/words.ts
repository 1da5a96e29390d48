/** Names of what detectors and lists find, in words where there are some. */
import type { TFunction } from "i18next";
import type { Reason } from "./types";

export function labelWords(label: string, t: TFunction): string {
  return t(`screening.label.${label}`, { defaultValue: label.replaceAll("_", " ") });
}

export function detectorWords(name: string, t: TFunction): string {
  return t(`screening.detector.${name}`, { defaultValue: name });
}

/** 0 to 1 as people read it: 0.7, 0.953. */
export function scoreWords(score: number): string {
  return score.toLocaleString(undefined, { maximumFractionDigits: 3 });
}

/** What a reason says of where it comes from. */
export function sourceWords(reason: Reason, t: TFunction): string {
  const detector = reason.detector ? detectorWords(reason.detector, t) : "";
  if (reason.source === "detector") return detector;
  if (reason.source === "text") return detector ? t("screening.source.textIn", { detector }) : t("screening.source.text");
  return detector ? `${detector}: ${t(`screening.source.${reason.source}`)}` : t(`screening.source.${reason.source}`);
}

/** What was counted as a cause, `detector:label`. */
export function causeWords(cause: string, t: TFunction): string {
  const [detector = "", label = ""] = cause.split(":");
  const known = ["text", "decision", "waiting", "absent", "failed", "refused", "busy"].includes(detector);
  const by = known ? t(`screening.source.${detector}`) : detectorWords(detector, t);
  return label === detector ? by : `${by}: ${labelWords(label, t)}`;
}
