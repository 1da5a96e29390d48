import { Table, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { changeQuery, hrefOf, openSubject, useRoute } from "../route";
import { useRowKeys } from "./keys";
import type { Column } from "./types";

export type RowsProps<Row> = {
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  label: string;
  openKey: string | null;
};

/** The rows as a table with a head that stays; the first cell is the link that opens the row. */
export function Rows<Row>({ rows, columns, keyOf, label, openKey, sort }: RowsProps<Row> & { sort: string }) {
  const { page, query } = useRoute();
  const keys = useRowKeys();
  return (
    <Table stickyHeader highlightOnHover verticalSpacing={6} horizontalSpacing="md" aria-label={label}>
      <Table.Thead>
        <Table.Tr>{columns.map((column) => <Head key={column.id} column={column} sort={sort} />)}</Table.Tr>
      </Table.Thead>
      <Table.Tbody ref={keys.ref} onKeyDown={keys.onKeyDown}>
        {rows.map((row) => {
          const key = keyOf(row);
          return (
            <Table.Tr key={key} className="row" data-open={key === openKey || undefined} onClick={(event) => !onLink(event.target) && openSubject(key)}>
              {columns.map((column, index) =>
                index === 0 ? (
                  <Table.Th key={column.id} scope="row"><a className="row-link" data-row href={hrefOf(page, key, query)}>{column.cell(row)}</a></Table.Th>
                ) : (
                  <Table.Td key={column.id}>{column.cell(row)}</Table.Td>
                ),
              )}
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}

function onLink(target: EventTarget): boolean {
  return target instanceof Element && target.closest("a, button") !== null;
}

function Head<Row>({ column, sort }: { column: Column<Row>; sort: string }) {
  const { t } = useTranslation();
  if (column.sort === undefined) return <Table.Th>{column.label}</Table.Th>;
  const isRising = sort === column.sort;
  const isFalling = sort === `-${column.sort}`;
  const Icon = isRising ? IconArrowUp : isFalling ? IconArrowDown : IconArrowsSort;
  return (
    <Table.Th aria-sort={isRising ? "ascending" : isFalling ? "descending" : "none"}>
      <UnstyledButton className="sort" onClick={() => changeQuery({ sort: isRising ? `-${column.sort}` : column.sort!, from: null })} title={t("console.table.sort", { column: column.label })}>
        {column.label}
        <Icon size={14} aria-hidden />
      </UnstyledButton>
    </Table.Th>
  );
}
