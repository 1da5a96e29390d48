import { Button } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { day } from "../times";
import { Bubble } from "./Bubble";
import { chainOf, conversationOf, entriesOf, type Item, type Line as LineItem, type Message } from "./conversation";
import { Line } from "./Line";
import { Mark } from "./Mark";
import { useNames, useSpeaker } from "./names";
import type { Source } from "./source";
import { choose, type Chosen, isIn } from "./Span";
import type { Details } from "./types";
import type { Entries } from "./useEntries";
import type { Hits } from "./useHits";

type SpanChoice = { chosen: Chosen; onChosen: (chosen: Chosen) => void };
type Props = { details: Details; source: Source; entries: Entries; hits: Hits; span: SpanChoice | null };
const NEAR_PX = 300;

/** The entries that are shown, from the oldest to the newest; more come where one scrolls to an end. */
export function Roll({ details, source, entries, hits, span }: Props) {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const shown = entries.entries ?? [];
  const items = useMemo(() => conversationOf(shown), [shown]);
  const lowest = shown[0]?.seq ?? 0;
  const highest = shown.at(-1)?.seq ?? 0;
  const hasEarlier = lowest > entries.first;
  const hasLater = highest < entries.last;
  const isAtEnd = usePlace(frame, lowest, highest);
  const seen = useRef(0);
  if (isAtEnd && !hasLater) seen.current = highest;
  const unseen = seen.current === 0 ? 0 : entries.last - seen.current;
  useAim(frame, entries);
  const onScroll = (): void => {
    const at = frame.current;
    if (at === null || entries.isBusy) return;
    if (hasEarlier && at.scrollTop < NEAR_PX) entries.earlier();
    else if (hasLater && at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_PX) entries.later();
  };
  return (
    <div className="record-place">
      <div ref={frame} className="record-roll" tabIndex={0} role="log" aria-live="off" aria-label={t("record.roll")} aria-busy={entries.isBusy} onScroll={onScroll}>
        <div>
          {hasEarlier && <Button className="record-more" variant="subtle" h={44} loading={entries.isBusy} onClick={entries.earlier}>{t("record.earlier")}</Button>}
          {items.map((item) => <Row key={keyOf(item)} item={item} details={details} source={source} hits={hits} span={span} />)}
          {hasLater && <Button className="record-more" variant="subtle" h={44} loading={entries.isBusy} onClick={entries.later}>{t("record.later")}</Button>}
        </div>
      </div>
      {(!isAtEnd || hasLater) && (
        <Button className="to-end" h={44} radius="xl" variant="default" leftSection={<IconArrowDown size={20} />} onClick={() => entries.jumpTo(entries.last)}>
          {unseen > 0 ? t("record.unseen", { count: unseen }) : t("record.toEnd")}
        </Button>
      )}
    </div>
  );
}

function keyOf(item: Item): string {
  return item.kind === "day" ? `day ${item.ts}` : `${item.kind} ${entriesOf(item)[0]?.seq}`;
}

type RowProps = Omit<Props, "entries"> & { item: Item };

function Row({ item, details, source, hits, span }: RowProps) {
  if (item.kind === "day") return <div className="day">{day(item.ts)}</div>;
  return <Entry item={item} details={details} source={source} hits={hits} span={span} />;
}

function Entry({ item, details, source, hits, span }: Omit<RowProps, "item"> & { item: Message | LineItem }) {
  const { t } = useTranslation();
  const nameOf = useNames(details);
  const speaker = useSpeaker(details);
  const inside = entriesOf(item);
  const seq = inside[0]!.seq;
  const last = inside.at(-1)!.seq;
  const isHit = hits.hits?.some((hit) => inside.some((entry) => entry.seq === hit.seq)) ?? false;
  const isCurrent = inside.some((entry) => entry.seq === hits.current);
  const isOurs = item.kind === "message" && (details.record?.owner !== undefined && details.kind === "external" ? item.entry.sender === details.record.owner : details.staff.includes(item.entry.sender ?? ""));
  const mark = (text: string): ReactNode => marked(text, hits.words);
  return (
    <div className="record-row" data-seq={seq} data-seqs={inside.map((entry) => entry.seq).join(" ")} data-chain={chainOf(inside)} data-hit={isHit || undefined} data-current={isCurrent || undefined} data-in={(span && isIn(span.chosen, seq)) || undefined}>
      <Mark entries={inside} />
      <div className="record-what">
        {item.kind === "message" ? <Bubble message={item} name={speaker} isOurs={isOurs} source={source} mark={mark} isHit={isHit} /> : <Line entries={item.entries} name={speaker} nameOf={nameOf} />}
      </div>
      {span && (
        <Button className="record-choose" size="compact-md" h={44} variant={isIn(span.chosen, seq) ? "filled" : "default"} aria-pressed={isIn(span.chosen, seq)} aria-label={t("record.span.choose", { number: seq })} onClick={() => span.onChosen(choose(span.chosen, span.chosen.first !== null && span.chosen.last === null && seq >= span.chosen.first ? last : seq))}>
          {seq}
        </Button>
      )}
    </div>
  );
}

/** The words that were found, marked. */
function marked(text: string, words: readonly string[]): ReactNode {
  const wanted = words.filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (wanted.length === 0) return text;
  return text.split(new RegExp(`(${wanted.join("|")})`, "giu")).map((part, at) => (at % 2 === 1 ? <mark key={at}>{part}</mark> : part));
}

/** What one looks at stays where it is when earlier entries come; at the end one stays at the end. Gives whether one is there. */
function usePlace(frame: { current: HTMLDivElement | null }, lowest: number, highest: number): boolean {
  const [isAtEnd, setAtEnd] = useState(true);
  const before = useRef({ lowest, highest, height: 0, top: 0, isAtEnd: false });
  useLayoutEffect(() => {
    const at = frame.current;
    if (at === null) return;
    if (lowest < before.current.lowest && before.current.height > 0) at.scrollTop += at.scrollHeight - before.current.height;
    else if (highest > before.current.highest && before.current.isAtEnd) at.scrollTop = at.scrollHeight;
    before.current = { lowest, highest, ...placeOf(at) };
  }, [frame, lowest, highest]);
  useEffect(() => {
    const at = frame.current;
    const look = (): void => {
      if (at === null) return;
      const place = placeOf(at);
      // Who was at the end has left it by going up; what grows below them before we hear of the scrolling has not moved them.
      const isAtEnd = place.isAtEnd || (before.current.isAtEnd && place.top >= before.current.top);
      before.current = { ...before.current, ...place, isAtEnd };
      setAtEnd(isAtEnd);
    };
    // Pictures take their room when they are there.
    const grown = new ResizeObserver(() => {
      if (at !== null && before.current.isAtEnd) at.scrollTop = at.scrollHeight;
    });
    if (at?.firstElementChild) grown.observe(at.firstElementChild);
    at?.addEventListener("scroll", look, { passive: true });
    return () => {
      grown.disconnect();
      at?.removeEventListener("scroll", look);
    };
  }, [frame]);
  return isAtEnd;
}

function placeOf(at: HTMLElement): { height: number; top: number; isAtEnd: boolean } {
  return { height: at.scrollHeight, top: at.scrollTop, isAtEnd: at.scrollHeight - at.scrollTop - at.clientHeight < 60 };
}

/** Brings the entry into sight that was asked for. */
function useAim(frame: { current: HTMLDivElement | null }, { aim, entries, last }: Entries): void {
  const done = useRef(0);
  useLayoutEffect(() => {
    if (aim === null || aim.count === done.current || frame.current === null) return;
    const row = [...frame.current.querySelectorAll<HTMLElement>("[data-seqs]")].find((one) => one.dataset["seqs"]?.split(" ").includes(String(aim.seq)));
    if (row === undefined) return;
    done.current = aim.count;
    // Only what is below the head moves, and not the page around it.
    const at = frame.current;
    if (aim.seq >= last) at.scrollTop = at.scrollHeight;
    else at.scrollTop += row.getBoundingClientRect().top - at.getBoundingClientRect().top - Math.max(0, at.clientHeight - row.offsetHeight) / 2;
  }, [frame, aim, entries]);
}
