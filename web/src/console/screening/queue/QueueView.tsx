import { useHotkeys, useMediaQuery } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "../../../parts/States";
import { useDepartments } from "../../departments";
import { useLoad } from "../../load";
import { Broken } from "../../parts/Broken";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { openSubject, useRoute } from "../../route";
import { useNews } from "../../news";
import { Export } from "../../table/Export";
import { Pager } from "../../table/Pager";
import { loadCases, PAGE, useCaseColumns } from "./cases";
import { CasePanel } from "./CasePanel";
import { CaseRow } from "./CaseRow";
import { QueueFilters } from "./QueueFilters";

/** What waits for a decision: the list, and beside it what one decides. On a phone one of them at a time. */
export default function QueueView() {
  const { t } = useTranslation();
  const { query, subject } = useRoute();
  const { departments } = useDepartments();
  const isNarrow = useMediaQuery("(max-width: 999px)", window.innerWidth < 1000);
  const { version, changed } = useNews("/screening/cases/news");
  const [said, setSaid] = useState("");
  const [trail, setTrail] = useState<readonly string[]>([]);
  const list = useRef<HTMLUListElement>(null);
  const asked = [...query].filter(([key]) => key !== "from" && key !== "view").map(([key, value]) => `${key}=${value}`).join("&");
  const from = query.get("from") ?? "";
  const columns = useCaseColumns(departments);
  const load = useMemo(() => loadCases(query), [asked]);
  const { value, error, isLoading, reload } = useLoad((signal) => load({ from, limit: PAGE, sort: "", signal }), [asked, from, version]);
  const rows = value?.rows ?? [];
  const chosen = subject ?? (isNarrow ? null : (rows[0]?.case_id ?? null));
  const at = rows.findIndex((one) => one.case_id === chosen);
  const move = (step: number): void => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    if (next !== undefined && next.case_id !== chosen) openSubject(next.case_id);
  };
  useHotkeys([["J", () => move(1)], ["K", () => move(-1)]]);
  useEffect(() => {
    list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const decided = useCallback((words: string): void => {
    const next = rows[at + 1] ?? rows[at - 1];
    setSaid(words);
    openSubject(next?.case_id ?? null);
    changed();
  }, [rows, at, changed]);
  const isFiltered = ["state", "kind", "label", "department", "appealed"].some((name) => query.get(name) !== null);
  return (
    <div className="queue" data-detail={(chosen !== null && subject !== null) || undefined}>
      <section className="queue-list" aria-label={t("screening.view.queue")}>
        <QueueFilters actions={<Export key={asked} name="screening" columns={columns} load={load} sort="" />} />
        {value === undefined && (error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />)}
        {value !== undefined && rows.length === 0 && (isFiltered ? <Empty title={t("console.table.noneTitle")} text={t("screening.queue.noneText")} /> : <Empty title={t("screening.queue.emptyTitle")} text={t("screening.queue.emptyText")} />)}
        {rows.length > 0 && (
          <ul className="queue-rows" ref={list} aria-busy={isLoading && value === undefined} aria-label={t("screening.queue.cases")}>
            {rows.map((one) => <li key={one.case_id}><CaseRow one={one} isOpen={one.case_id === chosen} /></li>)}
          </ul>
        )}
        {value !== undefined && (value.next !== null || from !== "") && <Pager next={value.next} total={undefined} count={rows.length} trail={trail} onTrail={setTrail} />}
        <p className="queue-keys soft">{t("screening.queue.keys")}</p>
      </section>
      <section className="queue-detail" aria-label={t("screening.queue.case")}>
        <p className="visually-hidden" role="status">{said}</p>
        {chosen !== null && <CasePanel key={chosen} caseId={chosen} version={version} note={said} onDecided={decided} onBack={() => openSubject(null)} />}
        {chosen === null && value !== undefined && <Empty title={t("screening.queue.chooseTitle")} text={said || t("screening.queue.chooseText")} />}
      </section>
    </div>
  );
}
