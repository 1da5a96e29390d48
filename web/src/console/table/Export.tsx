import { Alert, Button, Group, Progress, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { track } from "../../track";
import { failureWords } from "../failures";
import { BYTE_ORDER_MARK, csvLine, keepFile } from "./csv";
import type { Column, Load } from "./types";

const PAGE = 500;
/** Beyond that a browser is no place for it. */
const MOST_ROWS = 500_000;

type Props<Row> = { name: string; columns: readonly Column<Row>[]; load: Load<Row>; sort: string };
type State = { rows: number; total: number | undefined } | null;

/** All rows that the filters let through, as a CSV file; page by page, with progress, and it can be stopped. */
export function Export<Row>({ name, columns, load, sort }: Props<Row>) {
  const { t } = useTranslation();
  const [state, setState] = useState<State>(null);
  const [error, setError] = useState<unknown>(null);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);

  const run = async (): Promise<void> => {
    const { signal } = (stop.current = new AbortController());
    setError(null);
    setState({ rows: 0, total: undefined });
    try {
      const parts = [BYTE_ORDER_MARK, csvLine(columns.map((column) => column.label))];
      let from = "";
      for (let rows = 0; rows < MOST_ROWS; ) {
        const page = await load({ from, limit: PAGE, sort, signal });
        parts.push(page.rows.map((row) => csvLine(columns.map((column) => column.text(row)))).join(""));
        rows += page.rows.length;
        setState({ rows, total: page.total });
        if (page.next === null) break;
        from = page.next;
      }
      keepFile(parts, `${name}-${new Date().toISOString().slice(0, 10)}.csv`, "text/csv;charset=utf-8");
      track("console_export", { table: name });
    } catch (failure) {
      if (!signal.aborted) setError(failure);
    }
    setState(null);
  };

  if (state !== null) {
    return (
      <Group gap="sm" wrap="nowrap" role="status" className="export">
        <div>
          <Text fz="xs">{t("console.table.exported", { count: state.rows })}</Text>
          <Progress w={120} value={state.total ? (100 * state.rows) / state.total : 100} animated={!state.total} aria-label={t("console.table.export")} />
        </div>
        <Button variant="default" h={44} onClick={() => stop.current?.abort()}>{t("console.cancel")}</Button>
      </Group>
    );
  }
  return (
    <>
      {error !== null && <Alert role="alert" color="red" variant="light" p="xs">{failureWords(error, t)}</Alert>}
      <Button variant="default" h={44} leftSection={<IconDownload size={18} />} onClick={() => void run()}>{t("console.table.export")}</Button>
    </>
  );
}
