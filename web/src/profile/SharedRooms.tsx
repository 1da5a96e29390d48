import { Skeleton, Text } from "@mantine/core";
import { type MatrixClient, Method, type Room } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { hrefOf, useClient } from "../hooks";
import { Face } from "../parts/Face";
import { nameOf, pictureOf } from "../rooms";

const MOST = 50;

/** The rooms that somebody shares with oneself. */
export function SharedRooms({ userId, onOpen }: { userId: string; onOpen: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [rooms, setRooms] = useState<Room[] | null>(null);
  useEffect(() => {
    let isOver = false;
    shared(client, userId).then((found) => !isOver && setRooms(found), () => !isOver && setRooms([]));
    return () => {
      isOver = true;
    };
  }, [client, userId]);
  if (rooms === null) return <Skeleton h={60} />;
  if (rooms.length === 0) return <Text fz="sm" c="dimmed">{t("profile.noShared")}</Text>;
  return (
    <section aria-label={t("profile.shared")}>
      <Text fz="xs" fw={600} c="dimmed">{t("profile.shared")}</Text>
      <ul className="plain-list short-list">
        {rooms.slice(0, MOST).map((room) => (
          <li key={room.roomId}>
            <a className="room" href={hrefOf({ page: "room", roomId: room.roomId })} onClick={onOpen}>
              <Face name={nameOf(room)} mxc={pictureOf(room)} size={32} /><span className="room-name">{nameOf(room)}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The server knows all of them; the members that are loaded here may be few. */
async function shared(client: MatrixClient, userId: string): Promise<Room[]> {
  const answer = await client.http.authedRequest<{ joined?: string[] }>(Method.Get, "/mutual_rooms", { user_id: userId }, undefined, { prefix: "/_matrix/client/v1" });
  return (answer.joined ?? []).map((roomId) => client.getRoom(roomId)).filter((room): room is Room => room !== null && !room.isSpaceRoom());
}
