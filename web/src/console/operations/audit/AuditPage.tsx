import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { PageBody } from "../../parts/PageBody";
import { useRoute } from "../../route";
import { DataTable } from "../../table/DataTable";
import type { Load } from "../../table/types";
import type { AuditEntry, AuditPage as Page } from "../types";
import { AuditDrawer } from "./AuditDrawer";
import { AuditExport } from "./AuditExport";
import { AuditFilters } from "./AuditFilters";
import { useAuditColumns } from "./columns";
import { asked } from "./filters";

/** Who did or looked at what, by which right, and why. */
export default function AuditPage() {
  const { t } = useTranslation();
  const { query, subject } = useRoute();
  const [shown, setShown] = useState<readonly AuditEntry[]>([]);
  const load: Load<AuditEntry> = async ({ from, limit, sort, signal }) => {
    const isRising = sort === "time";
    const { entries, next_batch, prev_batch } = await call<Page>("GET", "/audit", { query: { ...asked(query), from, dir: isRising ? "newer" : "older", limit }, signal });
    setShown(entries);
    // A page is told with the newest first, in whichever direction it lies.
    return { rows: isRising ? [...entries].reverse() : entries, next: (isRising ? prev_batch : next_batch) ?? null };
  };
  return (
    <PageBody title={t("operations.pages.audit")} text={t("operations.audit.intro")}>
      <DataTable
        name="audit" label={t("operations.pages.audit")} columns={useAuditColumns()} keyOf={(entry) => String(entry.id)} load={load} defaultSort="-time" exportWith={<AuditExport />} filters={<AuditFilters />}
        empty={{ title: t("operations.audit.empty"), text: t("operations.audit.emptyText") }} emptySoFar={{ title: t("operations.audit.goOn"), text: t("operations.audit.goOnText") }}
      />
      <AuditDrawer entry={shown.find((entry) => String(entry.id) === subject)} isOpen={subject !== null} />
    </PageBody>
  );
}
