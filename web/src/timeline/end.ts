/** The end of a conversation, and who is there. */
import { type RefObject, useCallback, useRef } from "react";
import type { VirtuosoHandle } from "react-virtuoso";

/** How people scroll; a press may be on the scroll bar. */
const SCROLLING = ["wheel", "touchmove", "keydown", "pointerdown"];
const UPWARDS: ReadonlySet<string> = new Set(["ArrowUp", "PageUp", "Home"]);

/**
 * Who is at the end stays there when messages, the window, or what stands beside change their size; only who scrolls up
 * leaves it. `frame` is the ref of the element around the list.
 */
export function useStayAtEnd(list: RefObject<VirtuosoHandle | null>, atFirst: boolean) {
  const wantsEnd = useRef(atFirst);
  const stay = useCallback(() => {
    if (wantsEnd.current) list.current?.scrollToIndex({ index: "LAST", align: "end" });
  }, [list]);
  /** Told when the list comes to the end or leaves it; what it leaves it by is no person, as long as it is wanted. */
  const note = useCallback((isDown: boolean, hasEnd: boolean) => {
    if (isDown && hasEnd) wantsEnd.current = true;
    else if (!isDown) stay();
  }, [stay]);
  const frame = useCallback((element: HTMLElement | null) => {
    if (element === null) return undefined;
    const leave = (event: Event): void => {
      const isUp = event instanceof WheelEvent ? event.deltaY < 0 : event instanceof KeyboardEvent ? UPWARDS.has(event.key) : true;
      if (isUp) wantsEnd.current = false;
    };
    // Once more in the next frame: the list itself learns of its new height after this.
    const observer = new ResizeObserver(() => { stay(); requestAnimationFrame(stay); });
    observer.observe(element);
    for (const kind of SCROLLING) element.addEventListener(kind, leave, { passive: true });
    return () => {
      observer.disconnect();
      for (const kind of SCROLLING) element.removeEventListener(kind, leave);
    };
  }, [stay]);
  return { wantsEnd, frame, stay, note };
}
