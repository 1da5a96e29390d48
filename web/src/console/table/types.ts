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
};
export type Wanted = { from: string; limit: number; sort: string; signal: AbortSignal };
export type TablePage<Row> = { rows: Row[]; next: string | null; total?: number | undefined };
export type Load<Row> = (wanted: Wanted) => Promise<TablePage<Row>>;
