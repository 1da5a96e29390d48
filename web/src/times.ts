/** Times as people say them. All are in milliseconds since 1970. */
import { spoken } from "./i18n";

const DAY_MS = 86_400_000;
const made = new Map<string, Intl.DateTimeFormat>();

/** The spoken language as it is written where the browser is at home. */
function locale(): string {
  return navigator.languages.find((one) => one.toLowerCase().split("-")[0] === spoken()) ?? spoken();
}

function format(ts: number, options: Intl.DateTimeFormatOptions): string {
  const key = spoken() + JSON.stringify(options);
  let formatter = made.get(key);
  if (formatter === undefined) made.set(key, (formatter = new Intl.DateTimeFormat(locale(), options)));
  return formatter.format(ts);
}

function midnight(ts: number): number {
  return new Date(ts).setHours(0, 0, 0, 0);
}

/** Days from then to today: 0, 1 for yesterday … */
export function daysAgo(ts: number): number {
  return Math.round((midnight(Date.now()) - midnight(ts)) / DAY_MS);
}

export function isSameDay(one: number, other: number): boolean {
  return midnight(one) === midnight(other);
}

export function clock(ts: number): string {
  return format(ts, { hour: "numeric", minute: "2-digit" });
}

export function exact(ts: number): string {
  return format(ts, { dateStyle: "full", timeStyle: "medium" });
}

/** "Today", "Yesterday", "Monday", "3 June", "3 June 2024". */
export function day(ts: number): string {
  const days = daysAgo(ts);
  if (days < 2) {
    const words = new Intl.RelativeTimeFormat(spoken(), { numeric: "auto" }).format(-days, "day");
    return words.charAt(0).toLocaleUpperCase(spoken()) + words.slice(1);
  }
  if (days < 7) return format(ts, { weekday: "long" });
  const sameYear = new Date(ts).getFullYear() === new Date().getFullYear();
  return format(ts, { day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) });
}

/** As short as a list of rooms needs it. */
export function short(ts: number): string {
  const days = daysAgo(ts);
  if (days <= 0) return clock(ts);
  return days < 7 ? format(ts, { weekday: "short" }) : format(ts, { day: "numeric", month: "short" });
}

const UNITS = ["B", "KB", "MB", "GB"];

export function fileSize(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${(bytes / 1000 ** step).toLocaleString(spoken(), { maximumFractionDigits: step > 1 ? 1 : 0 })} ${UNITS[step]}`;
}
