import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

export type Chosen = { first: number | null; last: number | null };

/** The first choice is where the part begins, the second where it ends, whichever stands first. */
export function choose(chosen: Chosen, seq: number): Chosen {
  if (chosen.first === null || chosen.last !== null) return { first: seq, last: null };
  return { first: Math.min(chosen.first, seq), last: Math.max(chosen.first, seq) };
}

export function isIn(chosen: Chosen, seq: number): boolean {
  return chosen.first !== null && seq >= chosen.first && seq <= (chosen.last ?? chosen.first);
}

/** What is to be done while a part is chosen. */
export function Span({ chosen, onDone, onStop }: { chosen: Chosen; onDone: () => void; onStop: () => void }) {
  const { t } = useTranslation();
  const { first, last } = chosen;
  const words = first === null ? t("record.span.first") : last === null ? t("record.span.last", { first }) : t("record.span.chosen", { first, last });
  return (
    <div className="record-span" role="status">
      <span>{words}</span>
      <Group gap="sm">
        <Button h={44} disabled={last === null} onClick={onDone}>{t("record.span.done")}</Button>
        <Button h={44} variant="default" onClick={onStop}>{t("record.span.stop")}</Button>
      </Group>
    </div>
  );
}
