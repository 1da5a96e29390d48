import { Button, Group, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useReducer } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { may, useMe } from "../../me";
import { number } from "../../operations/units";
import { Ago, stamp } from "../../parts/Ago";
import { PageDrawer } from "../../parts/PageDrawer";
import { openSubject, useRoute } from "../../route";
import { DataTable } from "../../table/DataTable";
import type { Column, Load } from "../../table/types";
import type { TextList } from "../types";
import { labelWords } from "../words";
import { ListPanel } from "./ListPanel";
import { NewList } from "./NewList";

/** Lists of words, of regular expressions, and of what is allowed all the same. */
export default function ListsView() {
  const { t } = useTranslation();
  const me = useMe();
  const { subject } = useRoute();
  const [version, changed] = useReducer((count: number) => count + 1, 0);
  const isEditable = may(me, "screening.lists");
  const load: Load<TextList> = async ({ signal }) => {
    const { lists } = await call<{ lists: TextList[] }>("GET", "/screening/lists", { signal });
    return { rows: lists, next: null, total: lists.length };
  };
  return (
    <>
      <Group justify="space-between" mb="md">
        <Text fz="sm" c="dimmed" maw={640}>{t("screening.lists.text")}</Text>
        {isEditable && <Button h={44} leftSection={<IconPlus size={18} />} onClick={() => openSubject("new")}>{t("screening.lists.new")}</Button>}
      </Group>
      <DataTable
        name="screening-lists" label={t("screening.view.lists")} columns={useColumns()} keyOf={(list) => list.list_id} load={load} version={version}
        empty={{ title: t("screening.lists.emptyTitle"), text: t("screening.lists.emptyText"), ...(isEditable ? { action: t("screening.lists.new"), onAction: () => openSubject("new") } : {}) }}
      />
      <PageDrawer opened={subject === "new"} title={t("screening.lists.new")}>{subject === "new" && <NewList onDone={changed} />}</PageDrawer>
      <PageDrawer opened={subject !== null && subject !== "new"} title={t("screening.lists.one")} size={640}>
        {subject !== null && subject !== "new" && <ListPanel key={subject} listId={subject} isEditable={isEditable} onChanged={changed} />}
      </PageDrawer>
    </>
  );
}

function useColumns(): readonly Column<TextList>[] {
  const { t, i18n } = useTranslation();
  return useMemo<readonly Column<TextList>[]>(
    () => [
      { id: "name", label: t("console.name"), cell: (list) => list.name, text: (list) => list.name },
      { id: "kind", label: t("screening.lists.kind"), cell: (list) => t(`screening.listKind.${list.kind}`), text: (list) => t(`screening.listKind.${list.kind}`) },
      { id: "entries", label: t("screening.lists.entries"), cell: (list) => number(list.entries), text: (list) => String(list.entries) },
      { id: "label", label: t("screening.lists.label"), cell: (list) => (list.kind === "allow" ? "" : labelWords(list.label, t)), text: (list) => (list.kind === "allow" ? "" : list.label) },
      { id: "action", label: t("screening.lists.action"), cell: (list) => (list.kind === "allow" ? "" : t(`screening.action.${list.action}`)), text: (list) => (list.kind === "allow" ? "" : t(`screening.action.${list.action}`)) },
      { id: "language", label: t("console.language"), cell: (list) => list.language || t("screening.lists.allLanguages"), text: (list) => list.language },
      { id: "enabled", label: t("console.state"), cell: (list) => t(list.enabled ? "screening.lists.on" : "screening.lists.off"), text: (list) => t(list.enabled ? "screening.lists.on" : "screening.lists.off") },
      { id: "updated", label: t("console.updated"), cell: (list) => <Ago ts={list.updated_ts} />, text: (list) => stamp(list.updated_ts) },
    ],
    [t, i18n.language],
  );
}
