/** What the server says of what a visitor attaches and sends, in short words: checked, held, refused. */

import type { Words } from "./words";

/** A message of the visitor's own that was not let pass at once. */
export interface Mine {
  case_id: string;
  state: "checking" | "waiting" | "approved" | "refused" | "blocked";
  reason?: string;
  labels?: string[];
  can_appeal?: boolean;
  appealed?: boolean;
}

/** The room account data: held messages by event id; what was refused at once; what is shown no longer, by event id. */
export interface Told {
  events?: Record<string, Mine>;
  blocked?: Mine[];
  sent?: Record<string, Mine>;
}

export const SCREENING = "org.roomkeeper.screening";

/** What became of a message; empty where there is nothing to say. */
export function mineWords(mine: Mine, isSent: boolean, words: Words): string {
  const why = mine.reason || whyOf(mine.labels ?? [], words);
  if (isSent) return mine.state === "approved" ? "" : words.withheld(why);
  if (mine.state === "checking") return words.whenChecked;
  if (mine.state === "waiting") return mine.appealed ? words.asked : words.waits;
  return mine.state === "approved" ? "" : words.notDelivered(why);
}

export function whyOf(labels: string[], words: Words, otherwise = ""): string {
  const said = labels.map((label) => words.why[label as keyof Words["why"]] ?? "").filter(Boolean);
  return [...new Set(said)].join("; ") || otherwise || words.why.rules;
}
