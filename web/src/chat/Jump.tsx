import { Modal, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { MatrixClient } from "matrix-js-sdk";
import { type KeyboardEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { goTo, useClient } from "../hooks";
import { openChat } from "../people";
import { Face } from "../parts/Face";
import { GROUPS, groupRooms, nameOf, pictureOf } from "../rooms";
import { track } from "../track";

const MOST = 8;
const WAIT_MS = 200;

type Person = { user_id: string; display_name?: string; avatar_url?: string };
type Choice = { key: string; name: string; detail: string; mxc: string | null; go: () => Promise<void> | void };

/** Ctrl-K: to any room, or to a new chat with anybody. */
export function Jump({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("jump.title")} closeButtonProps={{ "aria-label": t("close") }}>
      <JumpList onClose={onClose} />
    </Modal>
  );
}

function JumpList({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const [hasFailed, setFailed] = useState(false);
  const people = usePeople(client, query);
  const choices = [...roomChoices(client, query), ...people.map((person) => personChoice(client, person, t("jump.person")))];
  const index = Math.min(chosen, Math.max(choices.length - 1, 0));

  const pick = async (choice: Choice | undefined): Promise<void> => {
    if (choice === undefined) return;
    setFailed(false);
    try {
      await choice.go();
      onClose();
    } catch {
      setFailed(true);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) setChosen((index + step + choices.length) % Math.max(choices.length, 1));
    else if (event.key === "Enter") void pick(choices[index]);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <TextInput
        data-autofocus size="md" leftSection={<IconSearch size={18} />} placeholder={t("jump.placeholder")} aria-label={t("jump.placeholder")} role="combobox"
        aria-expanded={choices.length > 0} aria-controls="jump-list" aria-activedescendant={choices.length > 0 ? `jump-${index}` : undefined}
        error={hasFailed ? t("jump.failed") : undefined}
        value={query} onChange={(event) => { setQuery(event.currentTarget.value); setChosen(0); }} onKeyDown={onKeyDown}
      />
      <div id="jump-list" role="listbox" aria-label={t("jump.results")} style={{ marginTop: 8 }}>
        {choices.map((choice, at) => (
          <div key={choice.key} id={`jump-${at}`} role="option" aria-selected={at === index} className="choice" onClick={() => void pick(choice)}>
            <Face name={choice.name} mxc={choice.mxc} size={32} />
            <span>{choice.name} <small>{choice.detail}</small></span>
          </div>
        ))}
      </div>
      {choices.length === 0 && <Text c="dimmed" fz="sm" mt="md" role="status">{t(query ? "jump.none" : "jump.start")}</Text>}
    </>
  );
}

function roomChoices(client: MatrixClient, query: string): Choice[] {
  const groups = groupRooms(client);
  const wanted = query.trim().toLowerCase();
  return GROUPS.filter((group) => group !== "invitations")
    .flatMap((group) => groups[group])
    .filter((room) => nameOf(room).toLowerCase().includes(wanted))
    .slice(0, MOST)
    .map((room) => ({ key: room.roomId, name: nameOf(room), detail: "", mxc: pictureOf(room), go: () => open(room.roomId) }));
}

function open(roomId: string): void {
  track("jump", { room_id: roomId });
  goTo({ page: "room", roomId });
}

function usePeople(client: MatrixClient, query: string): Person[] {
  const [found, setFound] = useState<Person[]>([]);
  useEffect(() => {
    const term = query.trim();
    if (term.length < 2) return setFound([]);
    let isOver = false;
    const timer = setTimeout(() => {
      client.searchUserDirectory({ term, limit: MOST }).then(
        (answer) => !isOver && setFound(answer.results.filter((person) => person.user_id !== client.getUserId())),
        () => !isOver && setFound([]),
      );
    }, WAIT_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [client, query]);
  return found;
}

function personChoice(client: MatrixClient, person: Person, detail: string): Choice {
  return { key: person.user_id, name: person.display_name || person.user_id, detail, mxc: person.avatar_url ?? null, go: () => talkWith(client, person.user_id) };
}

/** Open the chat with somebody; it is made where there is none. */
async function talkWith(client: MatrixClient, userId: string): Promise<void> {
  open(await openChat(client, userId));
}
