import type { MatrixClient } from "matrix-js-sdk";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { goTo, useClient } from "../hooks";
import { goToRoom, openChat } from "../people";
import { Face } from "../parts/Face";
import { type Choice, JumpChoices, JumpDialog } from "../parts/JumpDialog";
import { GROUPS, groupRooms, nameOf, pictureOf } from "../rooms";
import { track } from "../track";

const MOST = 8;
const WAIT_MS = 200;

type Person = { user_id: string; display_name?: string; avatar_url?: string };

/** Ctrl-K: to any room, or to a new chat with anybody. */
export function Jump({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <JumpDialog opened={opened} onClose={onClose}>
      <JumpList onClose={onClose} />
    </JumpDialog>
  );
}

function JumpList({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [query, setQuery] = useState("");
  const people = usePeople(client, query);
  const choices = [...roomChoices(client, query), ...people.map((person) => personChoice(client, person, t("jump.person")))];
  return <JumpChoices placeholder={t("jump.placeholder")} query={query} onQuery={setQuery} choices={choices} onClose={onClose} />;
}

function roomChoices(client: MatrixClient, query: string): Choice[] {
  const groups = groupRooms(client);
  const wanted = query.trim().toLowerCase();
  return GROUPS.filter((group) => group !== "invitations")
    .flatMap((group) => groups[group])
    .filter((room) => nameOf(room).toLowerCase().includes(wanted))
    .slice(0, MOST)
    .map((room) => ({ key: room.roomId, name: nameOf(room), detail: "", picture: faceOf(nameOf(room), pictureOf(room)), go: () => open(room.roomId) }));
}

function faceOf(name: string, mxc: string | null): ReactNode {
  return <Face name={name} mxc={mxc} size={32} />;
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
  const name = person.display_name || person.user_id;
  return { key: person.user_id, name, detail, picture: faceOf(name, person.avatar_url ?? null), go: () => talkWith(client, person.user_id) };
}

/** Open the chat with somebody; it is made where there is none. */
async function talkWith(client: MatrixClient, userId: string): Promise<void> {
  track("jump", { user_id: userId });
  await goToRoom(() => openChat(client, userId));
}
