import { Table, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import type { MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { changeQuery } from "../route";
import { useRowKeys } from "./keys";
import type { Column, Place } from "./types";

export type RowsProps<Row> = {
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  label: string;
  place: Place;
};

/** The rows as a table with a head that stays; the first cell is the link that opens the row. */
export function Rows<Row>({ rows, columns, keyOf, label, place, sort }: RowsProps<Row> & { sort: string }) {
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
            <Table.Tr key={key} className="row" data-key={key} data-open={key === place.open || undefined} onClick={(event) => !onLink(event) && (window.location.hash = place.href(key))}>
              {columns.map((column, index) =>
                index === 0 ? (
                  <Table.Th key={column.id} scope="row"><a className="row-link" data-row href={place.href(key)}>{column.cell(row)}</a></Table.Th>
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

/** Also what is pressed in a dialog that a cell has opened comes here, though it stands elsewhere. */
function onLink({ target, currentTarget }: MouseEvent): boolean {
  return target instanceof Element && (!currentTarget.contains(target) || target.closest("a, button") !== null);
}

function Head<Row>({ column, sort }: { column: Column<Row>; sort: string }) {
  const { t } = useTranslation();
  if (column.isActions) return <Table.Th><span className="visually-hidden">{column.label}</span></Table.Th>;
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
