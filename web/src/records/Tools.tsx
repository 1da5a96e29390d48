import { ActionIcon, Group, Switch, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconSearch } from "@tabler/icons-react";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { track } from "../track";
import { failureOf } from "./failure";
import type { Source } from "./source";
import type { Entries } from "./useEntries";
import type { Hits } from "./useHits";
import { Verify } from "./Verify";

type Props = { hits: Hits; entries: Entries; source: Source; mayRedacted: boolean; redacted: boolean; onRedacted: (on: boolean) => void };

/** Search inside, go to a date, see what was removed, check the chain. */
export function Tools({ hits, entries, source, mayRedacted, redacted, onRedacted }: Props) {
  const { t } = useTranslation();
  const count = hits.hits?.length ?? 0;
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    hits.step(event.shiftKey ? 1 : -1);
  };
  const onDate = (value: string): void => {
    const [year = 0, month = 1, day = 1] = value.split("-").map(Number);
    if (!value || year < 1970) return;
    track("record_jump");
    entries.jumpToTime(new Date(year, month - 1, day).getTime());
  };
  const told = hits.error !== null ? failureOf(hits.error, t) : hits.hits === null ? "" : count === 0 ? t("record.search.none") : t("record.search.count", { at: hits.at + 1, count });
  return (
    <div className="record-tools" role="search" aria-label={t("record.search.label")}>
      <Group gap={4} wrap="nowrap" className="record-search">
        <TextInput
          size="md" type="search" flex={1} leftSection={<IconSearch size={18} />} aria-label={t("record.search.label")} placeholder={t("record.search.label")} maxLength={200}
          value={hits.term} onChange={(event) => hits.setTerm(event.currentTarget.value)} onKeyDown={onKey}
        />
        {count > 0 && (
          <>
            <ActionIcon size={44} variant="subtle" color="gray" aria-label={t("record.search.before")} onClick={() => hits.step(-1)}><IconArrowUp size={18} /></ActionIcon>
            <ActionIcon size={44} variant="subtle" color="gray" aria-label={t("record.search.after")} onClick={() => hits.step(1)}><IconArrowDown size={18} /></ActionIcon>
          </>
        )}
      </Group>
      <span className="record-found" role="status">{told}</span>
      <TextInput size="md" type="date" aria-label={t("record.date")} title={t("record.date")} onChange={(event) => onDate(event.currentTarget.value)} />
      {mayRedacted && <Switch className="record-switch" label={t("record.showRemoved")} checked={redacted} onChange={(event) => { track("record_redacted"); onRedacted(event.currentTarget.checked); }} />}
      <Verify source={source} />
    </div>
  );
}
