import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Initials } from "../parts/Initials";
import { Formatted, Linked } from "../timeline/Formatted";
import { clock, exact } from "../times";
import type { Message } from "./conversation";
import { Files } from "./Files";
import type { Source } from "./source";
import type { Shown } from "./types";

type Props = { message: Message; name: (entry: Shown) => string; isOurs: boolean; source: Source; mark: (text: string) => ReactNode; isHit: boolean };

/** A message as it was, with what became of it: all versions, that it was removed, that it is erased. */
export function Bubble({ message, name, isOurs, source, mark, isHit }: Props) {
  const { t } = useTranslation();
  const { entry, edits, reactions, removed, isFirst } = message;
  const who = name(entry);
  const newest = edits.at(-1) ?? entry;
  const counts = countsOf(reactions);
  return (
    <article className="message" data-mine={isOurs || undefined} data-first={isFirst || undefined} aria-label={`${who}, ${exact(entry.ts)}`}>
      {!isOurs && <div className="message-avatar">{isFirst && <Initials name={who} size={32} />}</div>}
      <div className="message-body">
        {isFirst && <span className="record-who">{who}</span>}
        <div className="bubble" data-kind={entry.kind}>
          <Said entry={newest} source={source} mark={mark} isHit={isHit} />
        </div>
        {edits.length > 0 && (
          <details className="record-versions">
            <summary>{t("record.versions", { count: edits.length + 1 })}</summary>
            <ol>
              {[entry, ...edits].map((version) => (
                <li key={version.seq}>
                  <time dateTime={new Date(version.ts).toISOString()} title={exact(version.ts)}>{clock(version.ts)}</time>
                  <Said entry={version} source={source} mark={mark} isHit={isHit} />
                </li>
              ))}
            </ol>
          </details>
        )}
        {counts.length > 0 && <div className="reactions">{counts.map(([key, count]) => <span key={key} className="reaction">{key} {count}</span>)}</div>}
        <div className="meta">
          {(removed !== null || entry.state === "redacted") && <span data-danger>{removed ? t("record.removedBy", { name: name(removed), time: clock(removed.ts) }) : t("record.removed")}</span>}
          {edits.length > 0 && <span>{t("record.edited")}</span>}
          <time dateTime={new Date(entry.ts).toISOString()} title={exact(entry.ts)}>{clock(entry.ts)}</time>
        </div>
      </div>
    </article>
  );
}

/** What one version says. */
function Said({ entry, source, mark, isHit }: { entry: Shown; source: Source; mark: (text: string) => ReactNode; isHit: boolean }) {
  const { t } = useTranslation();
  if (entry.state === "erased") return <p className="record-absent">{t("record.erasedText")}</p>;
  const files = entry.attachments ?? [];
  const text = files.some((file) => file.name === entry.text) ? "" : (entry.text ?? "");
  if (entry.state === "redacted" && !text && files.length === 0) return <p className="record-absent">{t("record.removedText")}</p>;
  if (entry.kind === "encrypted") return <p className="record-absent">{t("record.encryptedText")}</p>;
  return (
    <>
      <Files files={files} source={source} />
      {isHit ? text && <p>{mark(text)}</p> : entry.html ? <div><Formatted html={entry.html} /></div> : text && <p><Linked text={text} /></p>}
    </>
  );
}

function countsOf(reactions: readonly Shown[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { text } of reactions) if (text) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts];
}
