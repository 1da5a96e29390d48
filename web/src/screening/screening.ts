/** What the server says of messages and files that it looks at before others see them. See docs/screening.md. */
import type { TFunction } from "i18next";
import { MatrixError, type Room } from "matrix-js-sdk";

export const SCREENING_PREFIX = "/_roomkeeper/v1";
/** The room account data by which a sender's devices know what became of what they sent. */
export const SCREENING = "org.roomkeeper.screening";

export type CaseState = "checking" | "waiting" | "approved" | "refused" | "blocked";
/** A message or file of one's own that was not let pass at once. */
export type Mine = { case_id: string; state: CaseState; event_id?: string; labels?: string[]; reason?: string; can_appeal?: boolean; appealed?: boolean };
/** `events`: held ones; `blocked`: what was refused at the door; `sent`: what was delivered and is withheld by now. */
type Told = { events: Record<string, Mine>; blocked: Mine[]; sent: Record<string, Mine> };

const NOTHING: Told = { events: {}, blocked: [], sent: {} };

export function toldOf(room: Room): Told {
  const content = room.getAccountData(SCREENING)?.getContent() as Partial<Told> | undefined;
  return content === undefined ? NOTHING : { ...NOTHING, ...content };
}

/** A case of what was refused at the door, as it is now. */
export function blockedCase(room: Room, caseId: string | null): Mine | undefined {
  return caseId === null ? undefined : toldOf(room).blocked.find((one) => one.case_id === caseId);
}

export type Refusal = { reason: string; labels: string[]; caseId: string | null; message: string };

/** Why the server did not take a message, where it was screening; null for all other failures. */
export function refusalOf(failure: unknown): Refusal | null {
  if (!(failure instanceof MatrixError)) return null;
  const reason: unknown = failure.data["org.roomkeeper.reason"];
  if (typeof reason !== "string" || !REASONS.has(reason)) return null;
  const caseId: unknown = failure.data["org.roomkeeper.case_id"];
  return {
    reason, labels: (failure.data["org.roomkeeper.labels"] as string[] | undefined) ?? [], message: failure.data.error ?? "",
    caseId: typeof caseId === "string" ? caseId : null,
  };
}

const REASONS: ReadonlySet<string> = new Set(["blocked", "checksum_mismatch", "media_gone"]);
const LABELS: ReadonlySet<string> = new Set([
  "disguise", "double_name", "program", "malware", "suspicious", "words", "decided", "prohibited", "unwanted", "encrypted", "bomb", "damaged", "macro",
  "script", "remote", "polyglot", "broken", "nudity", "gore",
]);
const UNSEEN: ReadonlySet<string> = new Set(["waiting", "failed", "absent", "busy", "refused"]);

/** What was seen, in words of the reader's language; labels that nobody here knows by the server's own words, or as they are. */
export function whyOf(seen: { labels: string[]; reason?: string }, t: TFunction): string {
  const said = [...new Set(seen.labels.map((label) => (LABELS.has(label) ? t(`why.${label}`) : UNSEEN.has(label) ? t("why.unseen") : label.replaceAll("_", " "))))];
  return said.length > 0 ? said.join(t("why.and")) : seen.reason || t("why.rules");
}
