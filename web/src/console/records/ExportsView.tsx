import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { pathOf, useDepartments } from "../departments";
import { may, useMe } from "../me";
import { namesOf } from "../names";
import { bytes } from "../operations/units";
import { Ago, stamp } from "../parts/Ago";
import { PageDrawer } from "../parts/PageDrawer";
import { useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import type { Column, Load } from "../table/types";
import { ExportDialog } from "./ExportDialog";
import { ExportProgress } from "./ExportProgress";
import type { Export } from "./types";

type Row = Export & { by: string };

/** What was exported, by whom; a row opens its progress and its file. */
export default function ExportsView() {
  const { t } = useTranslation();
  const me = useMe();
  const { subject } = useRoute();
  const [isNew, setNew] = useState(false);
  const [version, setVersion] = useState(0);
  const load: Load<Row> = async ({ from, limit, signal }) => {
    const page = await call<{ exports: Export[]; next_batch?: string }>("GET", "/records/exports", { query: { from, limit }, signal });
    const name = await namesOf(page.exports.map((one) => one.created_by), signal);
    return { rows: page.exports.map((one) => ({ ...one, by: name(one.created_by) })), next: page.next_batch ?? null };
  };
  return (
    <>
      <DataTable
        name="exports" label={t("records.view.exports")} columns={useColumns()} keyOf={(one) => one.export_id} load={load} version={version}
        filters={<Button h={44} leftSection={<IconPlus size={18} />} onClick={() => setNew(true)}>{t("records.export.all")}</Button>}
        empty={{ title: t("records.export.noneTitle"), text: t("records.export.noneText") }}
      />
      {isNew && <ExportDialog recordIds={[]} mayRedacted={may(me, "records.redacted")} onStarted={() => setVersion((before) => before + 1)} onClose={() => setNew(false)} />}
      <PageDrawer opened={subject !== null} title={t("records.export.one")}>{subject !== null && <ExportProgress key={subject} exportId={subject} />}</PageDrawer>
    </>
  );
}

function useColumns(): readonly Column<Row>[] {
  const { t, i18n } = useTranslation();
  const { departments } = useDepartments();
  return useMemo(() => {
    const of = ({ request }: Row): string => (request.record_ids.length > 0 ? t("records.export.records", { count: request.record_ids.length }) : request.department ? pathOf(departments, request.department) : request.person || t("records.export.everything"));
    const size = (one: Row): string => (one.size === null ? t("records.export.underWay") : bytes(one.size));
    return [
      { id: "what", label: t("records.column.what"), cell: of, text: of },
      { id: "format", label: t("records.export.format"), cell: (one) => t(`records.format.${one.request.format}`), text: (one) => one.request.format },
      { id: "by", label: t("records.column.by"), cell: (one) => one.by, text: (one) => one.created_by },
      { id: "created", label: t("console.created"), cell: (one) => <Ago ts={one.created_ts} />, text: (one) => stamp(one.created_ts) },
      { id: "size", label: t("records.column.size"), cell: size, text: (one) => String(one.size ?? "") },
      { id: "expires", label: t("records.column.expires"), cell: (one) => <Ago ts={one.expires_ts} />, text: (one) => stamp(one.expires_ts), isExtra: true },
      { id: "sha256", label: "SHA-256", cell: (one) => one.sha256, text: (one) => one.sha256, isExtra: true },
    ];
  }, [t, i18n.language, departments]);
}
