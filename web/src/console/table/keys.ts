/** Through the rows of a table: arrow keys in it, J and K from anywhere; Enter opens the row's link by itself. */
import { useHotkeys } from "@mantine/hooks";
import { type KeyboardEvent, type RefObject, useRef } from "react";

type Keys<Body extends HTMLElement> = { ref: RefObject<Body | null>; onKeyDown: (event: KeyboardEvent) => void };

export function useRowKeys<Body extends HTMLElement = HTMLTableSectionElement>(): Keys<Body> {
  const ref = useRef<Body>(null);
  const move = (step: number | "first" | "last"): void => {
    const links = [...(ref.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    const next = step === "first" ? 0 : step === "last" ? links.length - 1 : at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + step));
    links[next]?.focus();
    links[next]?.scrollIntoView({ block: "nearest" });
  };
  useHotkeys([["J", () => move(1)], ["K", () => move(-1)]]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: "first", End: "last" }[event.key] as number | "first" | "last" | undefined;
    if (step === undefined) return;
    event.preventDefault();
    move(step);
  };
  return { ref, onKeyDown };
}
