import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLoad } from "../../load";
import { number } from "../../operations/units";
import { ActionFailed, useAction } from "../../parts/action";
import { Broken } from "../../parts/Broken";
import { Confirm } from "../../parts/Confirm";
import { DrawerSection } from "../../parts/DrawerSection";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { openSubject } from "../../route";
import type { TextList } from "../types";
import { ListFields, type Wanted } from "./ListFields";
import { ListFile } from "./ListFile";
import { Patterns } from "./Patterns";

type Props = { listId: string; isEditable: boolean; onChanged: () => void };

/** One list: what it leads to, its patterns, in and out as a file. */
export function ListPanel({ listId, isEditable, onChanged }: Props) {
  const { t } = useTranslation();
  const path = `/screening/lists/${encodeURIComponent(listId)}`;
  const { value: list, error, reload } = useLoad((signal) => call<TextList>("GET", path, { signal }), [listId]);
  const changed = (): void => {
    reload();
    onChanged();
  };
  if (list === undefined) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />;
  return (
    <Stack gap="md">
      <div>
        <Title order={2} fz="lg">{list.name}</Title>
        <Text fz="sm" c="dimmed">{t(`screening.listKind.${list.kind}`)} · {t("screening.lists.count", { count: list.entries, number: number(list.entries) })}</Text>
      </div>
      <DrawerSection title={t("screening.lists.patterns")}><Patterns list={list} isEditable={isEditable} onChanged={changed} /></DrawerSection>
      <DrawerSection title={t("screening.lists.files")}><ListFile list={list} isEditable={isEditable} onChanged={changed} /></DrawerSection>
      {isEditable && <DrawerSection title={t("screening.lists.settings")}><Change key={list.updated_ts} list={list} onChanged={changed} /></DrawerSection>}
      {isEditable && <Removal list={list} onGone={() => { openSubject(null); onChanged(); }} />}
    </Stack>
  );
}

function Change({ list, onChanged }: { list: TextList; onChanged: () => void }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState<Wanted>(list);
  const action = useAction("screening_list_change");
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const { name, label, action: leadsTo, language, enabled } = wanted;
    const body = { name, label, action: leadsTo, language, enabled };
    if (await action.run(async () => void (await call("PATCH", `/screening/lists/${encodeURIComponent(list.list_id)}`, { body })))) onChanged();
  };
  return (
    <form onSubmit={(event) => void save(event)}>
      <Stack>
        <ListFields wanted={wanted} onChange={setWanted} />
        <ActionFailed error={action.error} />
        <Group><Button type="submit" h={44} loading={action.isBusy}>{t("screening.lists.save")}</Button></Group>
      </Stack>
    </form>
  );
}

function Removal({ list, onGone }: { list: TextList; onGone: () => void }) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const action = useAction("screening_list_delete");
  const remove = async (): Promise<void> => {
    const isDone = await action.run(async () => void (await call("DELETE", `/screening/lists/${encodeURIComponent(list.list_id)}`)));
    if (isDone) onGone();
  };
  return (
    <>
      <Group><Button variant="default" className="danger-button" h={44} onClick={() => { action.clear(); setAsking(true); }}>{t("screening.lists.delete")}</Button></Group>
      <Confirm opened={isAsking} title={t("screening.lists.deleteSure", { name: list.name })} label={t("screening.lists.delete")} isDanger action={action} onClose={() => setAsking(false)} onConfirm={() => void remove()}>
        <Text fz="sm">{t("screening.lists.deleteText", { count: list.entries })}</Text>
      </Confirm>
    </>
  );
}
