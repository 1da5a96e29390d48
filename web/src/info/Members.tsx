import { Button, TextInput } from "@mantine/core";
import { IconSearch, IconUserPlus } from "@tabler/icons-react";
import { type Room, type RoomMember, RoomStateEvent } from "matrix-js-sdk";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useVersion } from "../hooks";
import { Failed, TimelineSkeleton } from "../parts/States";
import { Invite } from "./Invite";
import { MemberRow } from "./MemberRow";
import { mayInvite } from "./rights";

const PAGE = 50;
const MEMBER_EVENTS: readonly string[] = [RoomStateEvent.Members, RoomStateEvent.Events];
const ORDER: Record<string, number> = { join: 0, invite: 1, ban: 2 };

/** Who is in a room: as many as one asks for, found by name. */
export function Members({ room }: { room: Room }) {
  const { t } = useTranslation();
  useVersion(room.currentState, MEMBER_EVENTS);
  const [state, retry] = useLoaded(room);
  const [query, setQuery] = useState("");
  const [shown, setShown] = useState(PAGE);
  const [isInviting, setInviting] = useState(false);
  const people = membersOf(room, query.trim().toLowerCase());
  if (state === "failed") return <Failed text={t("info.peopleFailed")} onRetry={retry} />;
  if (state === "loading") return <TimelineSkeleton />;
  return (
    <>
      <div className="panel-form">
        <TextInput
          type="search" size="md" aria-label={t("info.findPerson")} placeholder={t("info.findPerson")} leftSection={<IconSearch size={18} />} value={query}
          onChange={(event) => { setQuery(event.currentTarget.value); setShown(PAGE); }}
        />
        {mayInvite(room) && <Button variant="light" leftSection={<IconUserPlus size={18} />} onClick={() => setInviting(true)}>{t("info.invite")}</Button>}
      </div>
      <div className="panel-body">
        <ul className="plain-list" aria-label={t("info.people")}>
          {people.slice(0, shown).map((member) => <li key={member.userId}><MemberRow room={room} member={member} /></li>)}
        </ul>
        {people.length === 0 && <p className="notice" role="status">{t("info.nobody")}</p>}
        {people.length > shown && <Button fullWidth mt="sm" variant="default" onClick={() => setShown(shown + PAGE)}>{t("info.morePeople", { count: people.length - shown })}</Button>}
      </div>
      <Invite room={room} opened={isInviting} onClose={() => setInviting(false)} />
    </>
  );
}

/** Sync brings the members that have spoken; here all of them are shown. */
function useLoaded(room: Room): ["loading" | "ready" | "failed", () => void] {
  const [state, setState] = useState<"loading" | "ready" | "failed">("loading");
  const load = useCallback(() => {
    setState("loading");
    room.loadMembersIfNeeded().then(() => setState("ready"), () => setState("failed"));
  }, [room]);
  useEffect(load, [load]);
  return [state, load];
}

/** Those who are there, then the invited, then those who were shut out; the mighty first. */
function membersOf(room: Room, wanted: string): RoomMember[] {
  return room.getMembers()
    .filter((member) => (member.membership ?? "") in ORDER)
    .filter((member) => member.rawDisplayName.toLowerCase().includes(wanted) || member.userId.toLowerCase().includes(wanted))
    .sort((one, other) =>
      (ORDER[one.membership ?? ""] ?? 0) - (ORDER[other.membership ?? ""] ?? 0)
      || (one.powerLevel === other.powerLevel ? 0 : other.powerLevel > one.powerLevel ? 1 : -1)
      || one.rawDisplayName.localeCompare(other.rawDisplayName, undefined, { numeric: true }));
}
