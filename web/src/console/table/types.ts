import type { ReactNode } from "react";

export type Column<Row> = {
  id: string;
  label: string;
  /** What stands in the table; the first column's is inside the link that opens the row. */
  cell: (row: Row) => ReactNode;
  /** What stands in the exported file. */
  text: (row: Row) => string;
  /** What the endpoint calls this order, where it has it: `name` rising, `-name` falling. */
  sort?: string;
  /** Shown only when it is chosen. */
  isExtra?: boolean;
  /** Buttons: they stand beside the link that opens the row, and in no file. `label` is for screen readers. */
  isActions?: boolean;
};
/** Where a row leads to; without it to the drawer of the page. `open` is the key of the one that is open. */
export type Place = { href: (key: string) => string; open: string | null };
export type Wanted = { from: string; limit: number; sort: string; signal: AbortSignal };
export type TablePage<Row> = { rows: Row[]; next: string | null; total?: number | undefined };
export type Load<Row> = (wanted: Wanted) => Promise<TablePage<Row>>;
