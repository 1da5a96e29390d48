import { useTranslation } from "react-i18next";

/** What somebody wrote, with what was found in it marked. */
export function MarkedText({ text, marks }: { text: string; marks: readonly (readonly [number, number])[] }) {
  const { t } = useTranslation();
  // The server counts characters, JavaScript halves of some.
  const characters = [...text];
  const parts: { words: string; isFound: boolean }[] = [];
  let at = 0;
  for (const [start, end] of marks) {
    parts.push({ words: characters.slice(at, start).join(""), isFound: false }, { words: characters.slice(start, end).join(""), isFound: true });
    at = end;
  }
  parts.push({ words: characters.slice(at).join(""), isFound: false });
  return (
    <section aria-label={t("screening.case.text")} className="case-text" tabIndex={0}>
      {parts.map(({ words, isFound }, index) => (isFound ? <mark key={index}>{words}</mark> : <span key={index}>{words}</span>))}
    </section>
  );
}
