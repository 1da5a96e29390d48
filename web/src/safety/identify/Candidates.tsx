import { Button, Group, Skeleton, Stack, Text, Textarea, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { exact, short } from "../../times";
import { failureOf } from "../failure";
import { useAct } from "../useAct";
import { useAsked } from "../useAsked";
import { FileView } from "./FileView";
import "./identify.css";
import { type Box, type Candidate, type Evidence, pathOf, type Submission } from "./types";

const LONGEST = 500;
const SEEN: readonly string[] = ["face", "voice", "belonging"];

type Props = { eventId: string; identificationId: string; onChanged: () => void };

/** What was submitted beside who may be in it: score and threshold, what each has registered, and the decision. */
export function Candidates({ eventId, identificationId, onChanged }: Props) {
  const { t } = useTranslation();
  const path = pathOf(eventId, identificationId);
  const { value, error, reload } = useAsked<Submission>(path);
  if (value === undefined) return error === null ? <div aria-busy="true"><Skeleton h={220} /></div> : <Text role="alert" fz="sm" c="var(--rk-danger)">{failureOf(error, t)}</Text>;
  const candidates = value.candidates ?? [];
  const boxes = candidates.flatMap((one) => one.evidence ?? []).flatMap((one): Box[] => (one.box ? [one.box] : []));
  const changed = (): void => { reload(); onChanged(); };
  return (
    <Stack gap="md">
      <FileView path={`${path}/file`} label={t("safety.identify.submitted")} boxes={boxes} />
      {value.note && <Text fz="sm" className="break">{value.note}</Text>}
      <Title order={4} fz="md">{t("safety.identify.candidates", { count: candidates.length })}</Title>
      <Text fz="sm" c="dimmed">{t("safety.identify.judge")}</Text>
      <ul className="plain-list" aria-label={t("safety.identify.list")}>
        {candidates.map((one) => <Row key={one.user_id} path={path} candidate={one} onChanged={changed} />)}
      </ul>
    </Stack>
  );
}

function Row({ path, candidate, onChanged }: { path: string; candidate: Candidate; onChanged: () => void }) {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  const evidence = candidate.evidence ?? [];
  const shown = evidence.filter((one) => SEEN.includes(one.kind) && !one.text);
  const name = candidate.display_name || candidate.user_id;
  const root = `${path}/candidates/${encodeURIComponent(candidate.user_id)}`;
  return (
    <li className="identify-candidate">
      <Text fw={600} className="break">{name} <small className="identify-id">{candidate.user_id}</small></Text>
      <ul className="identify-evidence">{evidence.map((one) => <Why key={`${one.kind} ${one.feature_id}`} evidence={one} />)}</ul>
      {shown.length > 0 && !isShown && <Button variant="default" mih={44} onClick={() => setShown(true)}>{t("safety.identify.show", { name })}</Button>}
      {isShown && shown.slice(0, 1).map((one) => (
        <div key={one.feature_id} className="identify-pair">
          <figure><FileView path={`${path}/file`} label={t("safety.identify.submitted")} boxes={one.box ? [one.box] : []} /><figcaption>{t("safety.identify.submitted")}</figcaption></figure>
          <figure><FileView path={`${root}/features/${encodeURIComponent(one.feature_id)}/file`} label={t("safety.identify.registered", { name })} /><figcaption>{t("safety.identify.registered", { name })}</figcaption></figure>
        </div>
      ))}
      {candidate.state === "waiting" || candidate.state === undefined
        ? <Decide root={root} name={name} onChanged={onChanged} />
        : <Text fz="sm">{t(`safety.identify.state.${candidate.state}`)}: {candidate.reason} <small title={exact(candidate.decided_ts ?? 0)}>{short(candidate.decided_ts ?? 0)}</small></Text>}
    </li>
  );
}

function Why({ evidence }: { evidence: Evidence }) {
  const { t } = useTranslation();
  const percent = (value: number): string => `${Math.round(value * 100)} %`;
  const at = evidence.at_ms === undefined ? "" : ` · ${t("safety.identify.at", { seconds: Math.round(evidence.at_ms / 1000) })}`;
  return (
    <li>
      <span>{t(`safety.features.kind.${evidence.kind}`)}{evidence.text && `: ${evidence.text}`}{at}</span>
      <span className="identify-score">{t("safety.identify.score", { score: percent(evidence.score), threshold: percent(evidence.threshold) })}
        <meter min={0} max={1} low={evidence.threshold} value={evidence.score} aria-hidden />
      </span>
    </li>
  );
}

function Decide({ root, name, onChanged }: { root: string; name: string; onChanged: () => void }) {
  const { t } = useTranslation();
  const action = useAct("candidate_decide");
  const [choice, setChoice] = useState<boolean | null>(null);
  const [reason, setReason] = useState("");
  const decide = async (): Promise<void> => {
    if (await action.run(() => call("POST", root, { body: { confirm: choice, reason: reason.trim().replace(/\s+/g, " ") } }))) onChanged();
  };
  const choose = (confirm: boolean | null): void => { action.reset(); setChoice(confirm); };
  if (choice === null) {
    return (
      <Group gap="sm">
        <Button mih={44} aria-label={t("safety.identify.confirmNamed", { name })} onClick={() => choose(true)}>{t("safety.identify.confirm")}</Button>
        <Button mih={44} variant="default" aria-label={t("safety.identify.rejectNamed", { name })} onClick={() => choose(false)}>{t("safety.identify.reject")}</Button>
      </Group>
    );
  }
  return (
    <Stack gap="sm">
      <Text fz="sm">{t(choice ? "safety.identify.confirmText" : "safety.identify.rejectText", { name })}</Text>
      <Textarea size="md" required label={t("safety.identify.reason")} autosize minRows={2} maxRows={6} maxLength={LONGEST} value={reason} onChange={(event) => setReason(event.currentTarget.value)} data-autofocus />
      {action.why && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why}</Text>}
      <Group gap="sm">
        <Button mih={44} disabled={reason.trim() === ""} loading={action.state === "busy"} onClick={() => void decide()}>{t(choice ? "safety.identify.confirm" : "safety.identify.reject")}</Button>
        <Button mih={44} variant="default" onClick={() => choose(null)}>{t("safety.raise.back")}</Button>
      </Group>
    </Stack>
  );
}
