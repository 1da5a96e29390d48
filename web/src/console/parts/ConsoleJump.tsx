import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Initials } from "../../parts/Initials";
import { type Choice, JumpChoices, JumpDialog } from "../../parts/JumpDialog";
import { track } from "../../track";
import { may, useMe } from "../me";
import { nameOfPerson } from "../names";
import { PAGES } from "../pages";
import { go } from "../route";
import type { Person } from "../types";

const MOST = 8;
const WAIT_MS = 200;

/** Ctrl-K: to a page, or to somebody's card. */
export function ConsoleJump({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <JumpDialog opened={opened} onClose={onClose}>
      <JumpList onClose={onClose} />
    </JumpDialog>
  );
}

function JumpList({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const choices = [...usePageChoices(query), ...usePeopleChoices(query)];
  return <JumpChoices placeholder={t("console.jump")} query={query} onQuery={setQuery} choices={choices} onClose={onClose} />;
}

function usePageChoices(query: string): Choice[] {
  const { t } = useTranslation();
  const me = useMe();
  const wanted = query.trim().toLowerCase();
  return PAGES.filter((page) => me.pages.some((seen) => seen.id === page.id) && t(page.title).toLowerCase().includes(wanted)).map((page) => ({
    key: page.id,
    name: t(page.title),
    detail: t("console.page"),
    picture: <page.icon size={24} aria-hidden />,
    go: () => jump(page.id, null),
  }));
}

function usePeopleChoices(query: string): Choice[] {
  const me = useMe();
  const [found, setFound] = useState<Person[]>([]);
  useEffect(() => {
    const search = query.trim();
    if (search.length < 2 || !may(me, "people.read")) return setFound([]);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      call<{ people: Person[] }>("GET", "/people", { query: { search, limit: MOST }, signal: stop.signal }).then(
        (answer) => setFound(answer.people),
        () => !stop.signal.aborted && setFound([]),
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [query, me]);
  return found.map((person) => ({
    key: person.user_id,
    name: nameOfPerson(person),
    detail: person.title || person.user_id,
    picture: <Initials name={nameOfPerson(person)} size={32} />,
    go: () => jump("people", person.user_id),
  }));
}

function jump(page: string, subject: string | null): void {
  track("console_jump", { page });
  go(page, subject);
}
