import { IconAlertTriangle, IconCheck, IconEraser } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { chainOf } from "./conversation";
import type { Shown } from "./types";

const ICONS = { verified: IconCheck, erased: IconEraser, broken: IconAlertTriangle } as const;

/** How entries stand with their chain, in the margin: a sign, their numbers, and words for who points at it. */
export function Mark({ entries }: { entries: readonly Shown[] }) {
  const { t } = useTranslation();
  const state = chainOf(entries);
  const Icon = ICONS[state];
  const numbers = entries.map((entry) => entry.seq);
  const words = t(`record.chain.${state}`, { numbers: numbers.join(", "), count: numbers.length });
  return (
    <span className="record-mark" data-chain={state} title={words}>
      <Icon size={16} aria-hidden />
      <span className="record-number" aria-hidden>{numbers[0]}</span>
      <span className="visually-hidden">{words}</span>
    </span>
  );
}
