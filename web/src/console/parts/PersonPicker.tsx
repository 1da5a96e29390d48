import { Select } from "@mantine/core";
import { useEffect, useState } from "react";
import { call } from "../../api";
import { nameOfPerson, namesOf } from "../names";
import type { Kind, Person } from "../types";

const MOST = 20;
const WAIT_MS = 200;

type Props = {
  label: string;
  value: string | null;
  onChange: (userId: string | null) => void;
  kind?: Kind;
  description?: string;
  isRequired?: boolean;
  /** As a filter above a table it needs no label of its own. */
  isFilter?: boolean;
  /** Also those who have left. */
  takesDeparted?: boolean;
  /** Any user id may be typed: customers of whom nothing is known have no record. */
  takesIds?: boolean;
};

/** Somebody, found by name as one types. */
export function PersonPicker({ label, value, onChange, kind, description, isRequired = false, isFilter = false, takesIds = false, takesDeparted = false }: Props) {
  const [search, setSearch] = useState("");
  const [found, setFound] = useState<{ value: string; label: string }[]>([]);
  const chosen = useNameOption(value);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      const query = { search: search.trim() === chosen?.label ? "" : search.trim(), kind, limit: MOST };
      call<{ people: Person[] }>("GET", "/people", { query, signal: stop.signal }).then(
        (answer) => setFound(answer.people.filter((one) => takesDeparted || one.state !== "departed").map((one) => ({ value: one.user_id, label: nameOfPerson(one) }))),
        () => !stop.signal.aborted && setFound([]),
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [search, kind, chosen?.label]);
  const typed = takesIds && /^@[^\s:]+:\S+$/.test(search.trim()) ? [{ value: search.trim(), label: search.trim() }] : [];
  const data = uniqueOf([...(chosen ? [chosen] : []), ...found, ...typed]);
  return (
    <Select
      className={isFilter ? "filter" : undefined} size="md" searchable clearable data={data} value={value} onChange={onChange} onSearchChange={setSearch}
      filter={({ options }) => options} required={isRequired} description={description} clearButtonProps={{ "aria-label": label }}
      {...(isFilter ? { "aria-label": label, placeholder: label } : { label })}
      renderOption={({ option }) => <span>{option.label} <small className="soft">{option.value}</small></span>}
    />
  );
}

function uniqueOf(options: readonly { value: string; label: string }[]): { value: string; label: string }[] {
  return [...new Map(options.map((option) => [option.value, option])).values()];
}

function useNameOption(userId: string | null): { value: string; label: string } | null {
  const [label, setLabel] = useState<string | null>(null);
  useEffect(() => {
    let isOver = false;
    if (userId) namesOf([userId]).then((name) => !isOver && setLabel(name(userId)), () => !isOver && setLabel(userId));
    return () => {
      isOver = true;
    };
  }, [userId]);
  return userId ? { value: userId, label: label ?? userId } : null;
}
