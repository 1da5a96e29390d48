import { ActionIcon, Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch, IconX } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLoad } from "../../load";
import { ActionFailed, useAction } from "../../parts/action";
import { Broken } from "../../parts/Broken";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import type { TextList } from "../types";
import { linesOf, PatternErrors } from "./PatternErrors";

const PAGE = 50;
const WAIT_MS = 250;
type Props = { list: TextList; isEditable: boolean; onChanged: () => void };

/** The patterns of a list: found by their letters, added, taken away. In force at once. */
export function Patterns({ list, isEditable, onChanged }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text.trim(), WAIT_MS);
  const [trail, setTrail] = useState<readonly string[]>([]);
  const path = `/screening/lists/${encodeURIComponent(list.list_id)}/patterns`;
  const from = trail.at(-1) ?? "";
  const { value, error, reload } = useLoad((signal) => call<{ patterns: string[]; next_batch?: string }>("GET", path, { query: { search, from, limit: PAGE }, signal }), [path, search, from, list.updated_ts, list.entries]);
  const action = useAction("screening_pattern_remove");
  const remove = async (pattern: string): Promise<void> => {
    if (await action.run(async () => void (await call("DELETE", path, { body: { patterns: [pattern] } })))) onChanged();
  };
  return (
    <Stack gap="sm">
      {isEditable && <Add path={path} kind={list.kind} onChanged={onChanged} />}
      <TextInput size="md" type="search" leftSection={<IconSearch size={18} />} aria-label={t("screening.lists.search")} placeholder={t("screening.lists.search")} maxLength={200} value={text} onChange={(event) => { setText(event.currentTarget.value); setTrail([]); }} />
      <ActionFailed error={action.error} />
      {value === undefined && (error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />)}
      {value?.patterns.length === 0 && <Text fz="sm" c="dimmed">{t(search ? "screening.lists.noneFound" : "screening.lists.noPatterns")}</Text>}
      <ul className="plain-list patterns" aria-label={t("screening.lists.patterns")}>
        {value?.patterns.map((pattern) => (
          <li key={pattern}>
            <code className="break">{pattern}</code>
            {isEditable && <ActionIcon variant="subtle" color="gray" size={44} disabled={action.isBusy} aria-label={t("screening.lists.remove", { pattern })} onClick={() => void remove(pattern)}><IconX size={18} /></ActionIcon>}
          </li>
        ))}
      </ul>
      {(trail.length > 0 || value?.next_batch !== undefined) && (
        <Group gap="sm" justify="flex-end">
          <Button variant="default" h={44} disabled={trail.length === 0} onClick={() => setTrail(trail.slice(0, -1))}>{t("console.table.back")}</Button>
          <Button variant="default" h={44} disabled={value?.next_batch === undefined} onClick={() => setTrail([...trail, value?.next_batch ?? ""])}>{t("console.table.on")}</Button>
        </Group>
      )}
    </Stack>
  );
}

function Add({ path, kind, onChanged }: { path: string; kind: TextList["kind"]; onChanged: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const action = useAction("screening_pattern_add");
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!(await action.run(async () => void (await call("POST", path, { body: { patterns: linesOf(text) } }))))) return;
    setText("");
    onChanged();
  };
  return (
    <form onSubmit={(event) => void add(event)}>
      <Stack gap="sm">
        <Textarea size="md" autosize minRows={2} maxRows={8} label={t("screening.lists.add")} description={t(`screening.lists.hint.${kind}`)} value={text} onChange={(event) => { setText(event.currentTarget.value); action.clear(); }} />
        <PatternErrors error={action.error} text={text} />
        <Group><Button type="submit" h={44} loading={action.isBusy} disabled={text.trim() === ""}>{t("screening.lists.addNow")}</Button></Group>
      </Stack>
    </form>
  );
}
