import { Button, Skeleton, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { MatrixClient } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { plainName } from "../people";
import { Face } from "./Face";

export type Found = { userId: string; name: string; mxc: string | null };

const MOST = 20;
const WAIT_MS = 200;
const USER_ID = /^@[^\s:]+:\S+$/;

type Props = {
  /** What is done with somebody. */
  action: string;
  isBusy: boolean;
  /** In place of that: why there is nothing to do. */
  stateOf: (person: Found) => string | null;
  onPick: (person: Found) => void;
};

/** People by their names in the user directory, or by their id. */
export function FindPeople({ action, isBusy, stateOf, onPick }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const [query, setQuery] = useState("");
  const found = useFound(client, query.trim());
  return (
    <>
      <TextInput data-autofocus type="search" size="md" label={t("find.label")} leftSection={<IconSearch size={18} />} value={query} onChange={(event) => setQuery(event.currentTarget.value)} />
      {found === null && <Skeleton h={52} mt="md" />}
      {found === "failed" && <Text role="alert" fz="sm" mt="md">{t("find.failed")}</Text>}
      {Array.isArray(found) && found.length === 0 && <Text c="dimmed" fz="sm" mt="md" role="status">{t(query.trim() === "" ? "find.start" : "find.none")}</Text>}
      {Array.isArray(found) && (
        <ul className="plain-list" aria-label={t("find.results")}>
          {found.map((person) => {
            const state = stateOf(person);
            return (
              <li key={person.userId} className="person">
                <Face name={person.name} mxc={person.mxc} size={36} />
                <span className="person-text"><span>{person.name}</span><small>{person.userId}</small></span>
                {state ? <Text fz="sm" c="dimmed">{state}</Text> : <Button size="sm" variant="light" disabled={isBusy} aria-label={`${action}: ${person.name}`} onClick={() => onPick(person)}>{action}</Button>}
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
}

function useFound(client: MatrixClient, term: string): Found[] | "failed" | null {
  const [found, setFound] = useState<Found[] | "failed" | null>([]);
  useEffect(() => {
    if (term === "") return setFound([]);
    let isOver = false;
    setFound(null);
    const timer = setTimeout(() => {
      client.searchUserDirectory({ term, limit: MOST }).then(
        (answer) => {
          const people = answer.results.filter((one) => one.user_id !== client.getUserId()).map((one) => ({ userId: one.user_id, name: one.display_name || plainName(one.user_id), mxc: one.avatar_url ?? null }));
          const isId = USER_ID.test(term) && !people.some((one) => one.userId === term);
          if (!isOver) setFound(isId ? [{ userId: term, name: plainName(term), mxc: null }, ...people] : people);
        },
        () => !isOver && setFound("failed"),
      );
    }, WAIT_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [client, term]);
  return found;
}
