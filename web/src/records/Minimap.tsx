import { useTranslation } from "react-i18next";
import { exact } from "../times";
import type { Shown } from "./types";

type Props = { hits: readonly Shown[]; first: number; last: number; shown: readonly [number, number]; current: number | null; onGo: (seq: number) => void };

/** Where in the record it was found, and which part of it is shown, as a strip beside it. */
export function Minimap({ hits, first, last, shown, current, onGo }: Props) {
  const { t } = useTranslation();
  const length = Math.max(last - first, 1);
  const at = (seq: number): string => `${Math.min(100, Math.max(0, (100 * (seq - first)) / length))}%`;
  const height = `${Math.max(2, (100 * (shown[1] - shown[0])) / length)}%`;
  return (
    <div className="record-minimap" role="group" aria-label={t("record.search.map")}>
      <span className="record-part" style={{ top: at(shown[0]), height }} aria-hidden />
      {hits.map((hit) => (
        <button
          key={hit.seq} type="button" style={{ top: at(hit.seq) }} aria-current={hit.seq === current || undefined} onClick={() => onGo(hit.seq)}
          aria-label={t("record.search.go", { number: hit.seq, time: exact(hit.ts) })} title={exact(hit.ts)}
        />
      ))}
    </div>
  );
}
