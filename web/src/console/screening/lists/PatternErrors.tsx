import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../api";
import { ActionFailed } from "../../parts/action";
import type { PatternError } from "../types";

/** The patterns in a field: one on each line. */
export function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}

/** Why patterns were not taken, each with its line in the field. */
export function PatternErrors({ error, text }: { error: unknown; text: string }) {
  const wrong = error instanceof ApiError ? error.data["org.roomkeeper.patterns"] : undefined;
  if (!Array.isArray(wrong)) return <ActionFailed error={error} />;
  // The server counts what it got, which is without empty lines.
  const lines = text.split("\n").map((line, index) => ({ line, number: index + 1 })).filter(({ line }) => line.trim() !== "");
  return <RowErrors errors={(wrong as PatternError[]).map((one) => ({ ...one, row: lines[one.row - 1]?.number ?? one.row }))} count={wrong.length} />;
}

/** `ofFile`: rows of a file, in which there may be more lines. */
export function RowErrors({ errors, count, ofFile = false }: { errors: readonly PatternError[]; count: number; ofFile?: boolean }) {
  const { t } = useTranslation();
  return (
    <Alert role="alert" color="orange" variant="light" classNames={{ label: "warn-title" }} icon={<IconAlertTriangle />} title={t("screening.lists.wrong", { count })}>
      <ul className="plain-list row-errors">
        {errors.map((one) => <li key={`${one.row} ${one.pattern}`}><b>{ofFile ? t("screening.lists.row", { row: one.row }) : t("console.import.line", { line: one.row })}</b><span className="break"><code>{one.pattern}</code> {one.error}</span></li>)}
      </ul>
    </Alert>
  );
}
