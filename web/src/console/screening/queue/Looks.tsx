import { Progress, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { CaseLook, CaseMedium, Extract, Score } from "../types";
import { detectorWords, labelWords, scoreWords } from "../words";
import { ActionMark } from "./Reasons";

type Props = { looks: readonly CaseLook[]; extracts: readonly Extract[]; media: readonly CaseMedium[] };

/** What every detector saw, also what was no reason, with the thresholds that count now; and words in the files. */
export function Looks({ looks, extracts, media }: Props) {
  const { t } = useTranslation();
  const nameOf = (id: string): string => (media.length > 1 ? ` · ${media.find((one) => one.media_id === id)?.file_name ?? id}` : "");
  return (
    <>
      {extracts.map((one, index) => (
        <section key={index} aria-label={t("screening.case.extract")}>
          <Text fz="sm" fw={600}>{t("screening.case.extractOf", { detector: detectorWords(one.detector, t), source: one.source })}{nameOf(one.media_id)}</Text>
          <div className="case-text case-extract" tabIndex={0}>{one.text}</div>
        </section>
      ))}
      {looks.length > 0 && (
        <details className="chart-table">
          <summary>{t("screening.case.looks", { count: looks.length })}</summary>
          <ul className="plain-list">
            {looks.map((look) => (
              <li key={`${look.media_id} ${look.detector}`} className="tall look">
                <span><b>{detectorWords(look.detector, t)}</b>{nameOf(look.media_id)} {look.outcome !== "seen" && <span className="soft">{t(`screening.source.${look.outcome}`)} {look.message}</span>}</span>
                {look.scores.map((score) => <OneScore key={score.label} score={score} />)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function OneScore({ score }: { score: Score }) {
  const { t } = useTranslation();
  const limits = [score.review !== null && t("screening.case.reviewFrom", { score: scoreWords(score.review) }), score.block !== null && t("screening.case.blockFrom", { score: scoreWords(score.block) })];
  return (
    <div className="score">
      <span className="score-words"><span>{labelWords(score.label, t)}</span><b>{scoreWords(score.score)}</b></span>
      <Progress size={6} value={100 * score.score} aria-label={labelWords(score.label, t)} color={score.action === "allow" ? "gray" : score.action === "review" ? "orange" : "red"} />
      <small className="soft">{limits.filter(Boolean).join(", ") || t("screening.case.noLimit")} {score.action !== "allow" && <ActionMark action={score.action} />}</small>
    </div>
  );
}
