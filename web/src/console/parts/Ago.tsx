import { useTranslation } from "react-i18next";
import { spoken } from "../../i18n";
import { exact } from "../../times";

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000_000], ["month", 2_592_000_000], ["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000],
];

/** How long ago it was, or until it will be; the exact time when one points at it. */
export function Ago({ ts }: { ts: number | null | undefined }) {
  useTranslation();
  if (!ts) return <>–</>;
  return <time dateTime={new Date(ts).toISOString()} title={exact(ts)}>{agoWords(ts)}</time>;
}

export function agoWords(ts: number): string {
  const difference = ts - Date.now();
  const [unit, size] = STEPS.find(([, length]) => Math.abs(difference) >= length) ?? ["minute", 60_000];
  return new Intl.RelativeTimeFormat(spoken(), { numeric: "auto" }).format(Math.trunc(difference / size), unit);
}

/** As it stands in exported files. */
export function stamp(ts: number | null | undefined): string {
  return ts ? new Date(ts).toISOString() : "";
}
