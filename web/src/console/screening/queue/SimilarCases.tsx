import { Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLoad } from "../../load";
import { Ago } from "../../parts/Ago";
import { hrefOf, useRoute } from "../../route";
import type { Case } from "../types";
import { CaseState } from "./CaseRow";
import { familyOf, useFile } from "./files";

const SHOWN = 6;
type Similar = { case: Case; distance: number };

/** Other cases with the same or a similar picture, and what became of them. */
export function SimilarCases({ one }: { one: Case }) {
  const { t } = useTranslation();
  const hasFiles = (one.media ?? []).length > 0;
  const path = `/screening/cases/${encodeURIComponent(one.case_id)}/similar`;
  const { value } = useLoad(async (signal) => (hasFiles ? (await call<{ cases: Similar[] }>("GET", path, { signal })).cases : []), [one.case_id]);
  if (value === undefined || value.length === 0) return null;
  return (
    <section aria-label={t("screening.case.similar")}>
      <Title order={3} fz="md">{t("screening.case.similar")}</Title>
      <ul className="similar">{value.slice(0, SHOWN).map((other) => <li key={other.case.case_id}><SimilarCase {...other} /></li>)}</ul>
      {value.length > SHOWN && <Text fz="xs" c="dimmed">{t("screening.case.moreSimilar", { count: value.length - SHOWN })}</Text>}
    </section>
  );
}

function SimilarCase({ case: other, distance }: Similar) {
  const { t } = useTranslation();
  const { query } = useRoute();
  const medium = other.media?.[0];
  const { url } = useFile(other.case_id, medium ?? { media_id: "", sha256: "" }, medium !== undefined && familyOf(medium) === "image");
  return (
    <a href={hrefOf("screening", other.case_id, query)} className="similar-case">
      <span className="thumb">{url && <img src={url} alt="" />}</span>
      <CaseState one={other} />
      <small>{distance === 0 ? t("screening.case.same") : t("screening.case.bits", { count: distance })}</small>
      <small className="soft"><Ago ts={other.created_ts} /></small>
    </a>
  );
}
