/** The queue as the server has it, by the filters in the address. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { pathOf } from "../../departments";
import { namesOf, shortId } from "../../names";
import { stamp } from "../../parts/Ago";
import type { Column, Load } from "../../table/types";
import type { Department } from "../../types";
import type { CasePage, NamedCase } from "../types";
import { labelWords } from "../words";

export const PAGE = 50;
export const STATES = ["waiting", "checking", "approved", "refused", "blocked", "all"] as const;
export const KINDS = ["held", "blocked", "sent"] as const;

/** What is shown where the address says nothing: what waits, who has waited for longest first. */
export function stateOf(query: URLSearchParams): (typeof STATES)[number] {
  return STATES.find((state) => state === query.get("state")) ?? "waiting";
}

export function loadCases(query: URLSearchParams): Load<NamedCase> {
  return async ({ from, limit, signal }) => {
    const state = stateOf(query);
    const filters = { kind: query.get("kind"), label: query.get("label"), department: query.get("department"), appealed: query.get("appealed") };
    const order = state === "waiting" || state === "checking" ? "oldest" : "newest";
    const answer = await call<CasePage>("GET", "/screening/cases", { query: { ...filters, state: state === "all" ? null : state, order, from, limit }, signal });
    const name = await namesOf(answer.cases.map((one) => one.sender), signal).catch(() => shortId);
    return { rows: answer.cases.map((one) => ({ ...one, by: name(one.sender) })), next: answer.next_batch ?? null };
  };
}

/** For the exported file. */
export function useCaseColumns(departments: readonly Department[]): readonly Column<NamedCase>[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    const column = (id: string, label: string, text: (one: NamedCase) => string): Column<NamedCase> => ({ id, label, text, cell: text });
    return [
      column("case", t("screening.case.id"), (one) => one.case_id),
      column("state", t("console.state"), (one) => t(`screening.state.${one.state}`)),
      column("kind", t("screening.case.kind"), (one) => t(`screening.kind.${one.kind}`)),
      column("sender", t("screening.case.sender"), (one) => one.by),
      column("sender_id", t("console.userId"), (one) => one.sender),
      column("room", t("screening.case.room"), (one) => one.room_id),
      column("department", t("console.department"), (one) => (one.departments ?? []).map((id) => pathOf(departments, id)).join("; ")),
      column("labels", t("screening.case.found"), (one) => (one.labels ?? []).map((label) => labelWords(label, t)).join("; ")),
      column("text", t("screening.case.text"), (one) => one.text ?? ""),
      column("appeal", t("screening.case.appeal"), (one) => one.appeal ?? ""),
      column("told", t("screening.case.told"), (one) => one.refused_text ?? ""),
      column("created", t("console.created"), (one) => stamp(one.created_ts)),
      column("decided", t("screening.case.decided"), (one) => stamp(one.decided_ts)),
      column("by", t("screening.case.by"), (one) => one.decided_by ?? ""),
    ];
  }, [t, i18n.language, departments]);
}
