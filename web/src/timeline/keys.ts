import type { KeyboardEvent } from "react";

/** Arrow keys go from message to message; the first one begins at the lowest that is seen. */
export function moveThroughMessages(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const target = event.target as HTMLElement;
  if (step === 0 || target.closest('[role="menu"], input, textarea')) return;
  const messages = [...event.currentTarget.querySelectorAll<HTMLElement>(".message")];
  const current = target.closest<HTMLElement>(".message");
  const edge = event.currentTarget.getBoundingClientRect().bottom;
  const next = current ? messages[messages.indexOf(current) + step] : messages.findLast((one) => one.getBoundingClientRect().bottom <= edge);
  if (next === undefined) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}
