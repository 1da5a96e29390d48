import { ActionIcon, Button, Loader, SegmentedControl, Text, TextInput } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconArrowLeft, IconSearch, IconX } from "@tabler/icons-react";
import type { Room } from "matrix-js-sdk";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Virtuoso } from "react-virtuoso";
import "../panels.css";
import { goTo, useClient } from "../hooks";
import { Empty, Failed, TimelineSkeleton } from "../parts/States";
import { nameOf } from "../rooms";
import { Filters } from "./Filters";
import { HitRow } from "./HitRow";
import { useSearch } from "./useSearch";

/** Search, in the open room or in all. `room` is `null` where none is open. */
export default function SearchPanel({ room }: { room: Room | null }) {
  const { t } = useTranslation();
  const client = useClient();
  const search = useSearch(room);
  const { wish, results, state } = search;
  const [term, setTerm] = useState(wish.term);
  const [hasFilters, setFilters] = useState(wish.sender !== null || wish.from !== null || wish.until !== null || wish.hasMedia);
  const close = (): void => goTo(room ? { page: "room", roomId: room.roomId } : { page: "home" });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    search.change({ term: term.trim() });
  };
  const isHere = room !== null && wish.roomId !== null;
  const isSecret = room !== null && isHere && room.hasEncryptionStateEvent();
  return (
    <>
      <header className="head">
        {room === null && <ActionIcon className="only-narrow" size={44} variant="subtle" color="gray" aria-label={t("room.back")} onClick={close}><IconArrowLeft size={20} /></ActionIcon>}
        <div className="head-text"><h2>{t("search.title")}</h2><p>{isHere ? nameOf(room) : t("search.everywhere")}</p></div>
        <ActionIcon size={44} variant="subtle" color="gray" aria-label={t("search.close")} onClick={close}><IconX size={20} /></ActionIcon>
      </header>
      <form className="panel-form" role="search" onSubmit={submit}>
        <div className="panel-row">
          <TextInput
            autoFocus flex={1} size="md" type="search" aria-label={t("search.label")} placeholder={t("search.label")} leftSection={<IconSearch size={18} />} maxLength={500}
            value={term} onChange={(event) => setTerm(event.currentTarget.value)}
          />
          <ActionIcon size={44} variant={hasFilters ? "light" : "subtle"} color={hasFilters ? undefined : "gray"} aria-label={t("search.filters")} aria-expanded={hasFilters} onClick={() => setFilters(!hasFilters)}>
            <IconAdjustmentsHorizontal size={20} />
          </ActionIcon>
          <ActionIcon type="submit" size={44} aria-label={t("search.go")} disabled={term.trim() === ""}><IconSearch size={20} /></ActionIcon>
        </div>
        {room !== null && (
          <SegmentedControl
            fullWidth aria-label={t("search.where")} value={isHere ? "here" : "all"} data={[{ value: "here", label: t("search.here") }, { value: "all", label: t("search.all") }]}
            onChange={(value) => search.change({ roomId: value === "here" ? room.roomId : null, sender: null })}
          />
        )}
        {hasFilters && <Filters room={isHere ? room : null} wish={wish} onChange={search.change} />}
        {isSecret && <Text fz="xs" c="dimmed">{t("search.secret")}</Text>}
      </form>
      {state === "failed" && results.hits.length === 0 && <Failed text={t("search.failed")} onRetry={search.more} />}
      {state === "busy" && results.hits.length === 0 && <TimelineSkeleton />}
      {state === "idle" && results.hits.length === 0 && (wish.term === ""
        ? <Empty title={t("search.startTitle")} text={t("search.startText")} />
        : <Empty title={t("search.noneTitle")} text={t("search.noneText")} {...(isHere ? { action: t("search.inAll"), onAction: () => search.change({ roomId: null, sender: null }) } : {})} />
      )}
      {results.hits.length > 0 && (
        <Virtuoso
          role="list" aria-label={t("search.results")} style={{ flex: 1 }} data={results.hits} computeItemKey={(_index, hit) => hit.eventId}
          endReached={() => results.next !== null && state === "idle" && search.more()} increaseViewportBy={400}
          components={{ Footer: End }} context={{ state, hasMore: results.next !== null, more: search.more }}
          itemContent={(_index, hit) => <HitRow hit={hit} words={[...results.highlights, ...wish.term.split(/\s+/)]} withRoom={!isHere} client={client} />}
        />
      )}
    </>
  );
}

type EndProps = { context?: { state: string; hasMore: boolean; more: () => void } };

function End({ context }: EndProps) {
  const { t } = useTranslation();
  if (context?.state === "failed") return <Failed text={t("search.failed")} onRetry={context.more} />;
  if (context?.state === "busy") return <div className="panel-end"><Loader size="xs" type="dots" aria-label={t("loading")} /></div>;
  if (context?.hasMore) return <div className="panel-end"><Button size="xs" variant="default" onClick={context.more}>{t("search.more")}</Button></div>;
  return <p className="notice">{t("search.end")}</p>;
}
