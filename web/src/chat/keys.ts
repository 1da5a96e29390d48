/** Keys that work everywhere in the chat: "?" lists them, Esc goes one step back. */
import { useEffect, useRef } from "react";
import { goTo, type Place } from "../hooks";

const NARROW = window.matchMedia("(max-width: 767px)");
/** What takes Esc for itself: dialogs and menus close, fields end what one writes in them. */
const OWN = '[role="dialog"], [role="menu"], [role="listbox"], input, select';

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export function useKeys(place: Place, onHelp: () => void): void {
  const latest = useRef({ place, onHelp });
  latest.current = { place, onHelp };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "?" && !isWriting(event.target)) latest.current.onHelp();
      else if (event.key === "Escape" && !document.querySelector('[role="dialog"], [role="menu"]')) back(event, latest.current.place);
      else return;
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

/** From a message to where one writes; from what stands beside a room to the room (the panels do it themselves); from a page home. */
function back(event: KeyboardEvent, place: Place): void {
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (target?.closest(OWN)) return;
  const message = target?.closest(".message");
  if (message) return message.closest(".main, .side")?.querySelector<HTMLElement>(".composer textarea")?.focus();
  if (place.page === "home" || document.querySelector(".side")) return;
  if (place.page !== "room" || NARROW.matches) goTo({ page: "home" });
}
