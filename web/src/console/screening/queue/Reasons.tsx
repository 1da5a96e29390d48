import { Badge, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Reason } from "../types";
import { labelWords, scoreWords, sourceWords } from "../words";

/** Why it waits or was refused: what was seen, by whom, how surely. */
export function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  const { t } = useTranslation();
  if (reasons.length === 0) return null;
  return (
    <section aria-label={t("screening.case.reasons")}>
      <Title order={3} fz="md">{t("screening.case.reasons")}</Title>
      <ul className="reasons">{reasons.map((reason, index) => <li key={index}><OneReason reason={reason} /></li>)}</ul>
    </section>
  );
}

export function ActionMark({ action }: { action: Reason["action"] }) {
  const { t } = useTranslation();
  const tone = { allow: "good", review: "warn", block: "bad" }[action];
  return <Badge className="tone" data-tone={tone} tt="none">{t(`screening.action.${action}`)}</Badge>;
}

function OneReason({ reason }: { reason: Reason }) {
  const { t } = useTranslation();
  const { label = "", score, text, span } = reason;
  return (
    <>
      <ActionMark action={reason.action} />
      <span className="reason-words">
        <span>
          <b>{label ? labelWords(label, t) : t(`screening.source.${reason.source}`)}</b> <span className="soft">{sourceWords(reason, t)}</span>
          {score !== undefined && <span className="soft"> · {t("screening.case.score", { score: scoreWords(score) })}</span>}
          {span && <span className="soft"> · {t("screening.case.span", { start: clockOf(span.start), end: clockOf(span.end) })}</span>}
        </span>
        {text && <Text fz="sm" className="break">{text}</Text>}
      </span>
    </>
  );
}

/** Seconds as players show them: 1:07. */
export function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
