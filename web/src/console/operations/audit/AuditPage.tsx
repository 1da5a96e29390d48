import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { Empty } from "../../../parts/States";
import { useLoad } from "../../load";
import { Broken } from "../../parts/Broken";
import { PageBody } from "../../parts/PageBody";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { changeQuery, useRoute } from "../../route";
import type { AuditPage as Page } from "../types";
import { AuditDrawer } from "./AuditDrawer";
import { AuditExport } from "./AuditExport";
import { AuditFilters } from "./AuditFilters";
import { AuditTable } from "./AuditTable";
import { asked, isFiltered, NAMES } from "./filters";

const LIMIT = 50;

/** Who did or looked at what, by which right, and why. */
export default function AuditPage() {
  const { t } = useTranslation();
  const { query, subject } = useRoute();
  const from = query.get("from");
  const dir = query.get("dir") === "newer" ? "newer" : "older";
  const key = [...NAMES.map((name) => query.get(name)), from, dir].join("\n");
  const { value, error, reload } = useLoad((signal) => call<Page>("GET", "/audit", { query: { ...asked(query), from, dir, limit: LIMIT }, signal }), [key]);
  const entry = value?.entries.find((one) => String(one.id) === subject);
  return (
    <PageBody title={t("operations.pages.audit")} text={t("operations.audit.intro")} actions={<AuditExport />}>
      <AuditFilters />
      {value === undefined && error !== null && <Broken error={error} onRetry={reload} />}
      {value === undefined && error === null && <RowsSkeleton />}
      {value !== undefined && value.entries.length > 0 && <AuditTable entries={value.entries} />}
      {value !== undefined && value.entries.length === 0 && (
        <Empty
          title={t(value.next_batch ? "operations.audit.goOn" : "operations.audit.empty")} text={t(value.next_batch ? "operations.audit.goOnText" : isFiltered(query) ? "operations.audit.emptyFiltered" : "operations.audit.emptyText")}
        />
      )}
      {value !== undefined && (
        <nav className="ops-row" aria-label={t("operations.audit.pages")}>
          <Button variant="default" h={44} disabled={!from} onClick={() => changeQuery({ from: null, dir: null })}>{t("operations.newest")}</Button>
          <Button variant="default" h={44} disabled={!value.prev_batch || !from} onClick={() => changeQuery({ from: value.prev_batch ?? null, dir: "newer" })}>{t("operations.newer")}</Button>
          <Button variant="default" h={44} disabled={!value.next_batch} onClick={() => changeQuery({ from: value.next_batch ?? null, dir: null })}>{t("operations.older")}</Button>
        </nav>
      )}
      <AuditDrawer entry={entry} isOpen={subject !== null} />
    </PageBody>
  );
}
