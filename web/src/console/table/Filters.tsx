import { Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { changeQuery, useRoute } from "../route";

const WAIT_MS = 250;

/** Words to search for, kept in the address. */
export function SearchFilter({ name = "search", label }: { name?: string; label: string }) {
  const value = useRoute().query.get(name) ?? "";
  const [text, setText] = useState(value);
  const search = useDebouncedCallback((wanted: string) => changeQuery({ [name]: wanted.trim(), from: null }, true), WAIT_MS);
  // Back, or another address, says something else.
  useEffect(() => setText((before) => (before.trim() === value ? before : value)), [value]);
  return (
    <TextInput
      className="filter-search" size="md" type="search" leftSection={<IconSearch size={18} />} aria-label={label} placeholder={label} value={text} maxLength={200}
      onChange={(event) => { setText(event.currentTarget.value); search(event.currentTarget.value); }}
    />
  );
}

type SelectProps = { name: string; label: string; options: readonly { value: string; label: string }[] };

/** One of some values, or any, kept in the address. */
export function SelectFilter({ name, label, options }: SelectProps) {
  const value = useRoute().query.get(name);
  return (
    <Select
      className="filter" size="md" aria-label={label} placeholder={label} data={[...options]} value={value} clearable searchable={options.length > 8}
      clearButtonProps={{ "aria-label": label }} onChange={(chosen) => changeQuery({ [name]: chosen, from: null })}
    />
  );
}
