import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { changeQuery } from "../route";
import type { Column } from "./types";

type Props<Row> = { columns: readonly Column<Row>[]; shown: readonly Column<Row>[] };

/** Which columns are shown; the first always is. The address keeps it. */
export function ColumnChoice<Row>({ columns, shown }: Props<Row>) {
  const { t } = useTranslation();
  const choose = (id: string): void => {
    const wanted = columns.filter((column) => shown.includes(column) !== (column.id === id));
    changeQuery({ columns: wanted.map((column) => column.id).join(".") }, true);
  };
  return (
    <Menu position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <Tooltip label={t("console.table.columns")}>
          <ActionIcon variant="default" size={44} aria-label={t("console.table.columns")}><IconColumns3 size={20} /></ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.slice(1).filter((column) => !column.isActions).map((column) => (
          <Menu.CheckboxItem key={column.id} mih={44} checked={shown.includes(column)} onChange={() => choose(column.id)}>{column.label}</Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** The columns that the address names, or else all but the extra ones. */
export function shownColumns<Row>(columns: readonly Column<Row>[], chosen: string | null): readonly Column<Row>[] {
  if (!chosen) return columns.filter((column) => !column.isExtra);
  const wanted = chosen.split(".");
  return columns.filter((column, index) => index === 0 || column.isActions || wanted.includes(column.id));
}
