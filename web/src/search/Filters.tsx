import { Select, Switch, TextInput } from "@mantine/core";
import type { Room } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { plainName } from "../people";
import type { Criteria } from "./search";

const MOST = 50;
const DAY_MS = 86_400_000;

type Props = { room: Room | null; wish: Criteria; onChange: (changed: Partial<Criteria>) => void };

/** Who wrote it, when, and whether it has a file. */
export function Filters({ room, wish, onChange }: Props) {
  const { t } = useTranslation();
  const people = useSenders(room);
  return (
    <div className="filters">
      <Select
        label={t("search.who")} placeholder={t("search.anybody")} data={people} value={wish.sender} searchable clearable limit={MOST} size="sm" nothingFoundMessage={t("search.nobody")}
        clearButtonProps={{ "aria-label": t("search.anybody") }} onChange={(sender) => onChange({ sender })}
      />
      <div className="panel-row">
        <TextInput flex={1} type="date" label={t("search.from")} value={dateOf(wish.from)} onChange={(event) => onChange({ from: startOf(event.currentTarget.value, 0) })} />
        <TextInput flex={1} type="date" label={t("search.until")} value={dateOf(wish.until === null ? null : wish.until - DAY_MS / 2)} onChange={(event) => onChange({ until: startOf(event.currentTarget.value, 1) })} />
      </div>
      <Switch label={t("search.media")} checked={wish.hasMedia} onChange={(event) => onChange({ hasMedia: event.currentTarget.checked })} />
    </div>
  );
}

/** The people of a room, or everybody one shares a room with. */
function useSenders(room: Room | null): { value: string; label: string }[] {
  const client = useClient();
  const [isLoaded, setLoaded] = useState(false);
  useEffect(() => void room?.loadMembersIfNeeded().then(() => setLoaded(true), () => {}), [room, isLoaded]);
  const people = room
    ? room.getMembers().filter((member) => member.membership === "join" || member.membership === "leave").map((member) => ({ value: member.userId, label: member.rawDisplayName }))
    : client.getUsers().map((user) => ({ value: user.userId, label: user.displayName || plainName(user.userId) }));
  return people.sort((one, other) => one.label.localeCompare(other.label));
}

/** A day as its field shows it. */
function dateOf(ts: number | null): string {
  if (ts === null) return "";
  const date = new Date(ts);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** Midnight before the day of a field, or that many days later. */
function startOf(value: string, later: number): number | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value);
  return parts ? new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + later).getTime() : null;
}
