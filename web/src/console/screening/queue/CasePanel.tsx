import { Button, Stack, Text, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEffect, useState } from "react";
import { call } from "../../../api";
import { pathOf, useDepartments } from "../../departments";
import { useLoad } from "../../load";
import { may, useMe } from "../../me";
import { namesOf, shortId } from "../../names";
import { Ago } from "../../parts/Ago";
import { Broken } from "../../parts/Broken";
import { Facts } from "../../parts/Facts";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { hrefOf } from "../../route";
import type { CaseDetail } from "../types";
import { CaseState } from "./CaseRow";
import { Decision } from "./Decision";
import { MarkedText } from "./MarkedText";
import { Looks } from "./Looks";
import { Media } from "./Media";
import { Reasons } from "./Reasons";
import { SimilarCases } from "./SimilarCases";

type Props = { caseId: string; version: number; note: string; onDecided: (words: string) => void; onBack: () => void };

/** One case: what was sent by whom, why it waits, and the decision. */
export function CasePanel({ caseId, version, note, onDecided, onBack }: Props) {
  const { t } = useTranslation();
  const path = `/screening/cases/${encodeURIComponent(caseId)}`;
  const { value, error, reload } = useLoad(async (signal) => {
    const one = await call<CaseDetail>("GET", path, { signal });
    const name = await namesOf([one.sender, one.decided_by], signal).catch(() => shortId);
    return { one, by: name(one.sender), decidedBy: one.decided_by ? (one.decided_by === "server" ? t("screening.case.server") : name(one.decided_by)) : "" };
  }, [caseId, version]);
  const [shown, setShown] = useState(note);
  useEffect(() => setShown(""), [caseId]);
  useEffect(() => setShown(note), [note]);
  const back = <Button className="queue-back" variant="subtle" h={44} leftSection={<IconArrowLeft size={18} />} onClick={onBack}>{t("screening.queue.back")}</Button>;
  if (value === undefined) return <>{back}{error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />}</>;
  const { one, by, decidedBy } = value;
  return (
    <div className="case">
      <Stack className="case-body" gap="md">
        {back}
        {shown && <Text fz="sm" c="dimmed" aria-hidden>{shown}</Text>}
        <div className="case-head">
          <div><Title order={2} fz="lg">{by}</Title><Text fz="sm" c="dimmed" className="break">{one.sender}</Text></div>
          <CaseState one={one} />
        </div>
        {one.appeal && <blockquote className="appeal"><small className="soft">{t("screening.case.appealOf")} · <Ago ts={one.appealed_ts} /></small><p>{one.appeal}</p></blockquote>}
        {one.text && <MarkedText text={one.text} marks={one.marks ?? []} />}
        <Media one={one} />
        <Reasons reasons={one.reasons ?? []} />
        <CaseFacts one={one} decidedBy={decidedBy} />
        <Looks looks={one.looks ?? []} extracts={one.extracts ?? []} media={one.media ?? []} />
        <SimilarCases one={one} />
      </Stack>
      <Decision one={one} onDecided={onDecided} onChanged={reload} />
    </div>
  );
}

function CaseFacts({ one, decidedBy }: { one: CaseDetail; decidedBy: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const { departments } = useDepartments();
  return (
    <Facts
      facts={[
        [t("screening.case.kind"), t(`screening.kindText.${one.kind}`)],
        [t("screening.case.room"), one.is_session && may(me, "sessions.read") ? <a href={hrefOf("sessions", one.room_id)}>{one.room_name || t("screening.case.session")}</a> : one.room_name || (one.is_session ? t("screening.case.session") : one.room_id) || t("screening.case.profile")],
        [t("console.department"), (one.departments ?? []).map((id) => pathOf(departments, id)).join(", ")],
        [t("screening.case.sent"), <Ago ts={one.created_ts} />],
        [t("screening.case.policy"), one.policy === "default" ? t("screening.policies.default") : one.policy],
        [t("screening.case.told"), one.state === "approved" ? "" : one.refused_text],
        [t("screening.case.by"), one.decided_ts === undefined ? "" : <span>{decidedBy || t("screening.case.server")} · <Ago ts={one.decided_ts} /></span>],
      ]}
    />
  );
}
