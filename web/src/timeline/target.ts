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

/** `asked` is the event that the address names. Going to an event gives up the end, `wantsEnd`. */
export function useTarget(list: RefObject<VirtuosoHandle | null>, wantsEnd: RefObject<boolean>, items: Item[], stretch: string, asked: string | undefined): Target {
  const [eventId, setEventId] = useState(asked);
  const rows = useRef(items);
  rows.current = items;
  const show = useCallback((wanted: string): boolean => {
    const index = indexOf(rows.current, wanted);
    if (index < 0) return false;
    wantsEnd.current = false;
    setEventId(wanted);
    list.current?.scrollToIndex({ index, align: "center", behavior: "auto" });
    return true;
  }, [list, wantsEnd]);
  const begun = useRef({ stretch: "", asked, first: END });
  const now = begun.current;
  if (now.stretch !== stretch) {
    begun.current = { stretch, asked, first: firstOf(items, asked) };
    wantsEnd.current = begun.current.first === END;
  }
  useEffect(() => {
    // A list that has just been made begins there.
    if (asked === undefined || begun.current.asked === asked) setEventId(asked);
    else show(asked);
    begun.current.asked = undefined;
  }, [asked, show]);
  return { eventId, first: begun.current.first, show };
}

const END: FlatIndexLocationWithAlign = { index: "LAST", align: "end" };

function firstOf(items: Item[], asked: string | undefined): FlatIndexLocationWithAlign {
  const index = asked === undefined ? -1 : indexOf(items, asked);
  return index < 0 ? END : { index, align: "center" };
}

function indexOf(items: Item[], eventId: string): number {
  return items.findIndex((item) => item.event.getId() === eventId);
}
