import { Button, Skeleton, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { IPublicRoomsChunkRoom, MatrixClient } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { goTo, useClient } from "../hooks";
import { Face } from "../parts/Face";
import { linkOf } from "../links";

const PAGE = 20;
const WAIT_MS = 200;
type Listing = { rooms: IPublicRoomsChunkRoom[]; next: string | undefined };

/** Rooms that everybody may come into; one whose address is known is gone to at once. */
export function Directory({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [query, setQuery] = useState("");
  const [listing, setListing, hasFailed] = useListing(client, query.trim());
  const open = (roomId: string): void => { goTo({ page: "room", roomId }); onDone(); };
  const link = linkOf(query.trim());
  const direct = /^[#!]\S+$/.test(query.trim()) ? query.trim() : link && "place" in link && link.place.page === "room" ? link.place.roomId : null;
  const more = (): void => {
    if (!listing?.next) return;
    page(client, query.trim(), listing.next).then((found) => setListing({ rooms: [...listing.rooms, ...found.rooms], next: found.next }), () => {});
  };
  return (
    <>
      <TextInput data-autofocus type="search" size="md" label={t("create.find")} leftSection={<IconSearch size={18} />} value={query} onChange={(event) => setQuery(event.currentTarget.value)} />
      {direct && <Button mt="sm" fullWidth onClick={() => open(direct)}>{t("create.go", { name: direct })}</Button>}
      {hasFailed && <Text mt="md" fz="sm" role="alert">{t("find.failed")}</Text>}
      {listing === null && !hasFailed && <Skeleton mt="md" h={52} />}
      {listing?.rooms.length === 0 && !direct && <Text mt="md" fz="sm" c="dimmed" role="status">{t(query.trim() ? "create.none" : "create.noPublic")}</Text>}
      <ul className="plain-list" aria-label={t("create.rooms")}>
        {listing?.rooms.map((room) => {
          const name = room.name ?? room.canonical_alias ?? room.room_id;
          return (
            <li key={room.room_id} className="person">
              <Face name={name} mxc={room.avatar_url} size={36} />
              <span className="person-text"><span>{name}</span><small>{[t("room.members", { count: room.num_joined_members }), room.topic].filter(Boolean).join(" · ")}</small></span>
              <Button size="sm" variant="light" aria-label={`${t("create.look")}: ${name}`} onClick={() => open(room.room_id)}>{t("create.look")}</Button>
            </li>
          );
        })}
      </ul>
      {listing?.next && <Button mt="sm" fullWidth variant="default" onClick={more}>{t("search.more")}</Button>}
    </>
  );
}

async function page(client: MatrixClient, term: string, since?: string): Promise<Listing> {
  const answer = await client.publicRooms({ limit: PAGE, ...(since ? { since } : {}), ...(term ? { filter: { generic_search_term: term } } : {}) });
  return { rooms: answer.chunk, next: answer.next_batch };
}

function useListing(client: MatrixClient, term: string): [Listing | null, (listing: Listing) => void, boolean] {
  const [listing, setListing] = useState<Listing | null>(null);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    let isOver = false;
    setListing(null);
    setFailed(false);
    const timer = setTimeout(() => page(client, term).then((found) => !isOver && setListing(found), () => !isOver && setFailed(true)), WAIT_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [client, term]);
  return [listing, setListing, hasFailed];
}
