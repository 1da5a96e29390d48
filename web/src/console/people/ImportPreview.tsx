import { Alert, Select, Table, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Counts, FIELDS, type Preview, type RowError } from "./imports";

const SHOWN = 5;

type Props = { preview: Preview; onMapping: (mapping: Record<string, string>) => void };

/** What a file would do: counts, what each column is taken for, the first rows, what is wrong with which line. */
export function ImportPreview({ preview, onMapping }: Props) {
  const { t } = useTranslation();
  const rows = preview.rows.slice(0, SHOWN);
  return (
    <>
      <CountsLine counts={preview.counts} />
      {preview.counts.failed > 0 && <RowErrors errors={preview.errors} count={preview.counts.failed} />}
      {preview.new_departments.length > 0 && <Text fz="sm">{t("console.import.newDepartments", { names: preview.new_departments.join(", ") })}</Text>}
      <Title order={3} fz="md">{t("console.import.firstRows")}</Title>
      <div className="table-scroll import-rows" tabIndex={0} role="region" aria-label={t("console.import.firstRows")}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              {preview.columns.map((column) => (
                <Table.Th key={column}>
                  {column}
                  <Select
                    mt={4} size="sm" w={170} aria-label={t("console.import.columnIs", { column })} allowDeselect={false} value={preview.mapping[column] ?? ""}
                    data={FIELDS.map((value) => ({ value, label: t(`console.import.field.${value || "none"}`) }))}
                    onChange={(value) => onMapping({ ...preview.mapping, [column]: value ?? "" })}
                  />
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row, index) => (
              <Table.Tr key={index}>{preview.columns.map((column) => <Table.Td key={column}>{row[preview.mapping[column] ?? ""] ?? ""}</Table.Td>)}</Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </>
  );
}

export function CountsLine({ counts }: { counts: Counts }) {
  const { t } = useTranslation();
  return (
    <ul className="figures">
      {(["created", "changed", "unchanged", "failed"] as const).map((name) => (
        <li key={name} data-danger={name === "failed" && counts.failed > 0 ? true : undefined}><b>{counts[name].toLocaleString()}</b> {t(`console.import.${name}`)}</li>
      ))}
    </ul>
  );
}

export function RowErrors({ errors, count }: { errors: readonly RowError[]; count: number }) {
  const { t } = useTranslation();
  return (
    <Alert color="orange" variant="light" classNames={{ label: "warn-title" }} icon={<IconAlertTriangle />} title={t("console.import.wrong", { count })}>
      <ul className="plain-list row-errors">
        {errors.map((error) => (
          <li key={`${error.line} ${error.error}`}><b>{t("console.import.line", { line: error.line })}</b><span>{error.name && `${error.name}: `}{error.error}</span></li>
        ))}
      </ul>
    </Alert>
  );
}
