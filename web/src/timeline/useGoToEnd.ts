import { type RefObject, useCallback, useEffect, useState } from "react";

const AGAIN_MS = 120;
const MOST_TIMES = 40;

/**
 * Going to the end until one is there: the first leap goes by what rows are thought to measure, and lands beside it when
 * those near the end turn out otherwise. Who scrolls up meanwhile (`wantsEnd` is false then) is left alone.
 */
export function useGoToEnd(scroller: RefObject<HTMLElement | null>, wantsEnd: RefObject<boolean>, leap: () => void, onEnd: () => void): () => void {
  const [times, setTimes] = useState(0);
  useEffect(() => {
    if (times === 0) return undefined;
    leap();
    const look = (): void => {
      const isThere = isAtEnd(scroller.current);
      if (isThere) onEnd();
      setTimes(isThere || !wantsEnd.current || times === MOST_TIMES ? 0 : times + 1);
    };
    const timer = setTimeout(look, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [times]);
  return useCallback(() => {
    wantsEnd.current = true;
    setTimes(1);
  }, [wantsEnd]);
}

function isAtEnd(element: HTMLElement | null): boolean {
  return element !== null && element.scrollHeight - element.scrollTop - element.clientHeight <= 1;
}
