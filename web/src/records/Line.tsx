import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { clock, exact } from "../times";
import type { Shown } from "./types";

type Names = (entry: Shown) => string;
type Props = { entries: readonly Shown[]; name: Names; nameOf: (userId: string) => string };
const MEMBERSHIPS: ReadonlySet<string> = new Set(["join", "leave", "invite", "ban", "knock"]);
const USER_ID = /^@[^\s:]+:\S+/;

/** What is no message, in one small line. */
export function Line({ entries, name, nameOf }: Props) {
  const { t } = useTranslation();
  const entry = entries[0]!;
  return (
    <div className="notice">
      {wordsOf(entries, name, nameOf, t)} · <time dateTime={new Date(entry.ts).toISOString()} title={exact(entry.ts)}>{clock(entry.ts)}</time>
    </div>
  );
}

function wordsOf(entries: readonly Shown[], name: Names, nameOf: (userId: string) => string, t: TFunction): string {
  const entry = entries[0]!;
  if (entry.state === "erased") return t("record.line.erased");
  const who = name(entry);
  const { kind, text = "" } = entry;
  if (kind === "read") return t("record.line.read", { names: [...new Set(entries.map(name))].join(", ") });
  if (MEMBERSHIPS.has(kind)) return membership(entry, who, nameOf, t);
  const content = entry.content?.content ?? {};
  if (kind === "session") return t([`record.line.session_${String(content["state"])}`, "record.line.session"]);
  if (kind === "consent") return t(content["recorded"] === true ? "record.line.recorded" : "record.line.unrecorded", { consent: t([`record.consent.${String(content["consent"])}`, "record.consent.none"]) });
  if (kind === "other" && text) return entry.sender ? t("record.line.other", { name: who, text }) : text;
  if (kind === "state" || kind === "other") return t("record.line.state", { name: who, type: entry.content?.type ?? kind });
  return t([`record.line.${kind}`, "record.line.other"], { name: who, text });
}

/** `text` is whom it is about here; of other programs, the line as they wrote it, or what somebody said in leaving. */
function membership({ kind, text = "", sender }: Shown, who: string, nameOf: (userId: string) => string, t: TFunction): string {
  const [member = ""] = USER_ID.exec(text) ?? [];
  if (text && !member) return sender && text.includes(sender) ? text : `${t(`record.line.${kind}`, { name: who })}: ${text}`;
  return t(`record.line.${kind === "leave" && member && member !== sender ? "removed" : kind}`, { name: member ? nameOf(member) : who, by: who });
}
