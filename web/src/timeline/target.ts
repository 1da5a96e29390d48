/** The message that somebody went to: brought into view, and marked. */
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import type { FlatIndexLocationWithAlign, VirtuosoHandle } from "react-virtuoso";
import type { Item } from "./items";

export type Target = {
  /** The marked one. */
  eventId: string | undefined;
  /** Where a list of these rows begins. */
  first: FlatIndexLocationWithAlign;
  /** Bring another one into view and mark it; false where it is not among the rows. */
  show: (eventId: string) => boolean;
};

/** `asked` is the event that the address names. Going to an event gives up the end, `wantsEnd`; `toLast` goes there again. */
export function useTarget(
  list: RefObject<VirtuosoHandle | null>, wantsEnd: RefObject<boolean>, items: Item[], stretch: string, asked: string | undefined, toLast: () => void,
): Target {
  const [eventId, setEventId] = useState(asked);
  const rows = useRef(items);
  rows.current = items;
  const wish = useRef<string | null>(null);
  const bring = useCallback((wanted: string, tries: number) => {
    const index = indexOf(rows.current, wanted);
    if (index < 0 || wish.current !== wanted) return;
    wantsEnd.current = false;
    list.current?.scrollToIndex({ index, align: "center", behavior: "auto" });
    // A message that comes just then may draw the list to its end once more.
    setTimeout(() => { if (tries > 0 && !isInPage(wanted)) bring(wanted, tries - 1); }, AGAIN_MS);
  }, [list, wantsEnd]);
  const show = useCallback((wanted: string): boolean => {
    if (indexOf(rows.current, wanted) < 0) return false;
    wish.current = wanted;
    setEventId(wanted);
    bring(wanted, MOST_TRIES);
    return true;
  }, [bring]);
  const begun = useRef({ stretch: "", asked, first: END });
  const now = begun.current;
  if (now.stretch !== stretch) {
    begun.current = { stretch, asked, first: firstOf(items, asked) };
    wantsEnd.current = begun.current.first === END;
  }
  const before = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (asked === undefined) {
      wish.current = null;
      setEventId(undefined);
      if (before.current !== undefined) toLast(); // nothing in particular any more: the newest
    } else if (begun.current.asked === asked) {
      setEventId(asked); // a list that has just been made begins there
    } else show(asked);
    before.current = asked;
    begun.current.asked = undefined;
  }, [asked, show, toLast]);
  return { eventId, first: begun.current.first, show };
}

const MOST_TRIES = 6;
const AGAIN_MS = 150;

function isInPage(eventId: string): boolean {
  return document.querySelector(`.message[data-event-id="${CSS.escape(eventId)}"]`) !== null;
}

const END: FlatIndexLocationWithAlign = { index: "LAST", align: "end" };

function firstOf(items: Item[], asked: string | undefined): FlatIndexLocationWithAlign {
  const index = asked === undefined ? -1 : indexOf(items, asked);
  return index < 0 ? END : { index, align: "center" };
}

function indexOf(items: Item[], eventId: string): number {
  return items.findIndex((item) => item.event.getId() === eventId);
}
