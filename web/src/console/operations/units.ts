/** Figures with their units, as people read them. */
import type { TFunction } from "i18next";
import { spoken } from "../../i18n";
import type { Unit } from "./types";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

export function number(value: number, digits = 0): string {
  return value.toLocaleString(spoken(), { maximumFractionDigits: digits });
}

/** As few digits as say something: 0.43, 4.3, 43. */
export function short(value: number): string {
  const size = Math.abs(value);
  return number(value, size > 0 && size < 1 ? 2 : size < 10 ? 1 : 0);
}

export function bytes(value: number): string {
  if (value >= GIB) return `${short(value / GIB)} GiB`;
  return value >= MIB ? `${short(value / MIB)} MiB` : `${short(value / 1024)} KiB`;
}

/** "3 days 4 hours", "12 minutes": the two largest parts. */
export function duration(ms: number, t: TFunction): string {
  const seconds = Math.max(Math.round(ms / 1000), 0);
  const parts = [
    ["days", Math.floor(seconds / 86_400)],
    ["hours", Math.floor(seconds / 3600) % 24],
    ["minutes", Math.floor(seconds / 60) % 60],
    ["seconds", seconds % 60],
  ] as const;
  const first = parts.findIndex(([, count]) => count > 0);
  const kept = first < 0 ? [parts[3]] : parts.slice(first, first + 2).filter(([, count]) => count > 0);
  return kept.map(([unit, count]) => t(`operations.time.${unit}`, { count })).join(" ");
}

export function figure(value: number | null | undefined, unit: Unit, t: TFunction): string {
  if (value === null || value === undefined) return "–";
  if (unit === "bytes") return bytes(value);
  if (unit === "seconds") return `${short(value * 1000)} ms`;
  if (unit === "share") return `${short(value * 100)} %`;
  return unit === "per_second" ? t("operations.perMinute", { value: short(value * 60) }) : number(value);
}
