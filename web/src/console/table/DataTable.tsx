import { Group } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "../../parts/States";
import { useLoad } from "../load";
import { Broken } from "../parts/Broken";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { hrefOf, useRoute } from "../route";
import { Cards } from "./Cards";
import { ColumnChoice, shownColumns } from "./ColumnChoice";
import { Export } from "./Export";
import { Pager } from "./Pager";
import { Rows } from "./Rows";
import type { Column, Load, Place } from "./types";

const PAGE = 50;
/** Of the address, what other rows do not depend on. */
const NOT_ROWS = new Set(["columns", "from"]);
/** What leaves nothing out. */
const NO_FILTERS = new Set(["sort", "view", "of", "import", "person", "span", "job"]);

export type TableProps<Row> = {
  /** In the name of the exported file. */
  name: string;
  label: string;
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  load: Load<Row>;
  defaultSort?: string;
  filters?: ReactNode;
  empty: { title: string; text: string; action?: string; onAction?: () => void };
  /** When nothing was found so far, and the server would look further. */
  emptySoFar?: { title: string; text: string };
  /** Another number: load anew. */
  version?: number;
  place?: Place;
  /** Instead of the export to a file page by page. */
  exportWith?: ReactNode;
};

/**
 * Rows from the server page by page. Filters, order, columns and page stand in the address; a row opens in the drawer
 * of the page, whose subject is `keyOf(row)`.
 */
export function DataTable<Row>({ name, label, columns, keyOf, load, defaultSort = "", filters, empty, emptySoFar, version = 0, place, exportWith }: TableProps<Row>) {
  const { t } = useTranslation();
  const { page, query, subject } = useRoute();
  const isNarrow = useMediaQuery("(max-width: 767px)", window.innerWidth < 768);
  const sort = query.get("sort") ?? defaultSort;
  const from = query.get("from") ?? "";
  const asked = [...query].filter(([key]) => !NOT_ROWS.has(key)).map(([key, value]) => `${key}=${value}`).join("&");
  const { value, error, isLoading, reload } = useLoad((signal) => load({ from, limit: PAGE, sort, signal }), [asked, from, version]);
  const shown = shownColumns(columns, query.get("columns"));
  const isFiltered = [...query.keys()].some((key) => !NOT_ROWS.has(key) && !NO_FILTERS.has(key));
  const drawer: Place = { href: (key) => hrefOf(page, key, query), open: subject };
  const rows = { rows: value?.rows ?? [], columns: shown, keyOf, label, place: place ?? drawer };
  const none = value?.next && emptySoFar ? emptySoFar : isFiltered ? { title: t("console.table.noneTitle"), text: t("console.table.noneText") } : empty;
  return (
    <div className="table-frame">
      <div className="table-tools">
        <div className="table-filters">{filters}</div>
        <Group gap="sm">
          {!isNarrow && <ColumnChoice columns={columns} shown={shown} />}
          {exportWith ?? <Export key={asked} name={name} columns={columns.filter((column) => !column.isActions)} load={load} sort={sort} />}
        </Group>
      </div>
      {value === undefined && error !== null && <Broken error={error} onRetry={reload} />}
      {value === undefined && error === null && <TableSkeleton />}
      {value?.rows.length === 0 && <Empty {...none} />}
      {value !== undefined && value.rows.length > 0 && (
        <div className="table-scroll" aria-busy={isLoading}>{isNarrow ? <Cards {...rows} /> : <Rows {...rows} sort={sort} />}</div>
      )}
      {value !== undefined && (value.next !== null || from) && <PagerOf key={asked} next={value.next} total={value.total} count={value.rows.length} />}
    </div>
  );
}

function PagerOf(props: { next: string | null; total: number | undefined; count: number }) {
  const [trail, setTrail] = useState<readonly string[]>([]);
  return <Pager {...props} trail={trail} onTrail={setTrail} />;
}

function TableSkeleton() {
  const { t } = useTranslation();
  return (
    <div aria-busy="true">
      <span className="visually-hidden" role="status">{t("loading")}</span>
      <RowsSkeleton />
    </div>
  );
}
