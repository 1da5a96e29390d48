import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { exact, short } from "../../times";
import { failureOf } from "../failure";
import { useAsked } from "../useAsked";
import { Candidates } from "./Candidates";
import "./identify.css";
import { pathOf, type Submission, type SubmissionPage } from "./types";

const EVERY_MS = 4000;

/** What was submitted for an event: one's own, or for whoever is in charge all of it, with candidates. Another `version`: look again. */
export function Submissions({ eventId, version, none }: { eventId: string; version: number; none?: string }) {
  const { t } = useTranslation();
  const { value, error, reload } = useAsked<SubmissionPage>(`${pathOf(eventId)}?limit=50&version=${version}`, EVERY_MS);
  const [opened, setOpened] = useState<string | null>(null);
  if (value === undefined) return error === null ? null : <Text role="alert" fz="sm" c="var(--rk-danger)">{failureOf(error, t)}</Text>;
  if (value.identifications.length === 0) return none ? <Text fz="sm" c="dimmed">{none}</Text> : null;
  return (
    <ul className="plain-list" aria-label={t("safety.identify.all")}>
      {value.identifications.map((one) => (
        <li key={one.identification_id} className="identify-submission">
          <span className="identify-line">
            <span>{t(`safety.identify.kind.${one.content_type.split("/")[0]}`)} <small title={exact(one.created_ts)}>{short(one.created_ts)}</small><br />{stateOf(one, t)}</span>
            {one.state === "review" && <Button mih={44} aria-expanded={opened === one.identification_id} onClick={() => setOpened(opened === one.identification_id ? null : one.identification_id)}>{t("safety.identify.decide")}</Button>}
          </span>
          {opened === one.identification_id && <Candidates eventId={eventId} identificationId={one.identification_id} onChanged={reload} />}
        </li>
      ))}
    </ul>
  );
}

function stateOf(one: Submission, t: (key: string, values?: Record<string, unknown>) => string): string {
  if (one.state === "failed") return t(`safety.identify.failure.${one.failure ?? "busy"}`);
  const { faces = 0, voices = 0, lines = 0 } = one.found ?? {};
  return `${t(`safety.identify.submission.${one.state}`)}${one.state === "waiting" ? "" : ` ${t("safety.identify.found", { faces, voices, lines })}`}`;
}
