import { Button, Group, Text } from "@mantine/core";
import { IconDownload, IconFileImport, IconPlus } from "@tabler/icons-react";
import { useMemo, useReducer } from "react";
import { useTranslation } from "react-i18next";
import { call, request } from "../../../api";
import { may, useMe } from "../../me";
import { namesOf, shortId } from "../../names";
import { ActionFailed, useAction } from "../../parts/action";
import { Ago, stamp } from "../../parts/Ago";
import { PageDrawer } from "../../parts/PageDrawer";
import { openSubject, useRoute } from "../../route";
import { keepFile } from "../../table/csv";
import { DataTable } from "../../table/DataTable";
import type { Column, Load } from "../../table/types";
import type { KnownItem } from "../types";
import { labelWords } from "../words";
import { KnownImport } from "./KnownImport";
import { KnownPanel } from "./KnownPanel";
import { NewKnown } from "./NewKnown";

export type NamedItem = KnownItem & { by: string };
const BEFORE = 1;

/** Files that nobody may send, or that are looked at first. */
export default function KnownView() {
  const { t } = useTranslation();
  const me = useMe();
  const { subject } = useRoute();
  const [version, changed] = useReducer((count: number) => count + 1, 0);
  const isEditable = may(me, "known_media.write");
  const load: Load<NamedItem> = async ({ from, limit, signal }) => {
    const answer = await call<{ items: KnownItem[]; next_batch?: string }>("GET", "/screening/known", { query: { from, limit }, signal });
    const name = await namesOf(answer.items.map((one) => one.added_by), signal).catch(() => shortId);
    return { rows: answer.items.map((one) => ({ ...one, by: one.added_by ? name(one.added_by) : "" })), next: answer.next_batch ?? null };
  };
  const find = async (id: string, signal: AbortSignal): Promise<NamedItem | undefined> => {
    const page = await load({ from: String(Number(id) + BEFORE), limit: 1, sort: "", signal });
    return page.rows.find((one) => String(one.id) === id);
  };
  const action = useAction("screening_known_export");
  const give = (): void =>
    void action.run(async () => {
      const answer = await request("GET", "/_roomkeeper/v1/screening/known/export");
      keepFile([await answer.blob()], "known-files.csv", "text/csv");
    });
  return (
    <>
      <Group justify="space-between" mb="md">
        <Text fz="sm" c="dimmed" maw={560}>{t("screening.known.text")} {t("screening.known.similar")}</Text>
        <Group gap="sm">
          {isEditable && <Button variant="default" h={44} leftSection={<IconFileImport size={18} />} onClick={() => openSubject("import")}>{t("screening.known.import")}</Button>}
          {isEditable && <Button h={44} leftSection={<IconPlus size={18} />} onClick={() => openSubject("new")}>{t("screening.known.add")}</Button>}
        </Group>
      </Group>
      <ActionFailed error={action.error} />
      <DataTable
        exportWith={<Button variant="default" h={44} leftSection={<IconDownload size={18} />} loading={action.isBusy} onClick={give}>{t("screening.known.export")}</Button>}
        name="known-files" label={t("screening.view.known")} columns={useColumns()} keyOf={(item) => String(item.id)} load={load} version={version}
        empty={{ title: t("screening.known.emptyTitle"), text: t("screening.known.emptyText"), ...(isEditable ? { action: t("screening.known.add"), onAction: () => openSubject("new") } : {}) }}
      />
      <PageDrawer opened={subject === "new"} title={t("screening.known.add")}>{subject === "new" && <NewKnown onDone={() => { changed(); openSubject(null); }} />}</PageDrawer>
      <PageDrawer opened={subject === "import"} title={t("screening.known.import")}>{subject === "import" && <KnownImport onDone={changed} />}</PageDrawer>
      <PageDrawer opened={subject !== null && /^\d+$/.test(subject)} title={t("screening.known.one")}>
        {subject !== null && /^\d+$/.test(subject) && <KnownPanel key={subject} id={subject} find={find} isEditable={isEditable} onGone={() => { changed(); openSubject(null); }} />}
      </PageDrawer>
    </>
  );
}

function useColumns(): readonly Column<NamedItem>[] {
  const { t, i18n } = useTranslation();
  return useMemo<readonly Column<NamedItem>[]>(() => {
    const hash = (item: KnownItem): string => item.sha256 ?? item.pdq ?? "";
    const by = (item: KnownItem): string => [item.sha256 && "SHA-256", item.pdq && "PDQ", item.features && t("screening.known.features"), item.sound && t("screening.known.sound")].filter(Boolean).join(", ");
    return [
      { id: "note", label: t("screening.known.note"), cell: (item) => item.note || item.source || <code>{hash(item).slice(0, 16)}…</code>, text: (item) => item.note ?? "" },
      { id: "label", label: t("screening.known.label"), cell: (item) => labelWords(item.label, t), text: (item) => item.label },
      { id: "by", label: t("screening.known.by"), cell: by, text: by },
      { id: "source", label: t("screening.known.source"), cell: (item) => item.source ?? "", text: (item) => item.source ?? "" },
      { id: "who", label: t("screening.known.who"), cell: (item) => item.by, text: (item) => item.by },
      { id: "added", label: t("screening.known.added"), cell: (item) => <Ago ts={item.added_ts} />, text: (item) => stamp(item.added_ts) },
      { id: "sha256", label: "SHA-256", cell: (item) => <code className="clip">{item.sha256}</code>, text: (item) => item.sha256 ?? "", isExtra: true },
      { id: "pdq", label: "PDQ", cell: (item) => <code className="clip">{item.pdq}</code>, text: (item) => item.pdq ?? "", isExtra: true },
    ];
  }, [t, i18n.language]);
}
