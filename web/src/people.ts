/** Who somebody is, where no room says it; and the chats one has with them. */
import { EventType, type MatrixClient, Preset, type Room } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { departedIn } from "./handover/succession";
import { goTo, useClient } from "./hooks";
import { sessionOf } from "./rooms";
import { track } from "./track";

export type Person = { userId: string; name: string; mxc: string | null };

type Profile = { displayname?: string; avatar_url?: string };
const MOST_KEPT = 500;
const asked = new Map<string, Promise<Profile>>();

/** Somebody's profile, asked for once. */
function profileOf(client: MatrixClient, userId: string): Promise<Profile> {
  const known = asked.get(userId);
  if (known) return known;
  const answer = client.getProfileInfo(userId);
  answer.catch(() => asked.delete(userId));
  if (asked.size >= MOST_KEPT) asked.clear();
  asked.set(userId, answer);
  return answer;
}

/** The name without what only servers need. */
export function plainName(userId: string): string {
  return userId.slice(1).split(":")[0] || userId;
}

/** Somebody as they are called in a room, or else by themselves. */
export function usePerson(userId: string, room?: Room | null): Person & { isKnown: boolean } {
  const client = useClient();
  const [profile, setProfile] = useState<Profile | null>(null);
  const member = room?.getMember(userId);
  const user = client.getUser(userId);
  const isKnown = Boolean(member?.rawDisplayName && member.rawDisplayName !== userId) || Boolean(user?.displayName && user.displayName !== userId);
  useEffect(() => {
    if (isKnown) return undefined;
    let isOver = false;
    profileOf(client, userId).then((found) => !isOver && setProfile(found), () => !isOver && setProfile({}));
    return () => {
      isOver = true;
    };
  }, [client, userId, isKnown]);
  const shown = [member?.rawDisplayName, user?.displayName, profile?.displayname].find((name) => name && name !== userId);
  const mxc = member?.getMxcAvatarUrl() ?? user?.avatarUrl ?? profile?.avatar_url ?? null;
  return { userId, name: shown ?? plainName(userId), mxc, isKnown: isKnown || profile !== null };
}

/** Open the room that is found or made; where whoever is to be there has left, who takes care instead. */
export async function goToRoom(open: () => Promise<string>): Promise<void> {
  try {
    goTo({ page: "room", roomId: await open() });
  } catch (failure) {
    const userId = departedIn(failure);
    if (userId === null) throw failure;
    track("handover_departed_asked");
    goTo({ page: "left", userId });
  }
}

type Directs = Record<string, string[]>;

/** The chat or session that one has with somebody, if there is one. */
export function chatWith(client: MatrixClient, userId: string): Room | undefined {
  const directs = (client.getAccountData(EventType.Direct)?.getContent() ?? {}) as Directs;
  const isHere = (room: Room | null): room is Room => room?.getMyMembership() === "join";
  const session = client.getVisibleRooms().filter(isHere).find((room) => {
    const found = sessionOf(room);
    return found !== null && found.state !== "closed" && [found.customer, found.staff].includes(userId) && [found.customer, found.staff].includes(room.myUserId);
  });
  return session ?? (directs[userId] ?? []).map((roomId) => client.getRoom(roomId)).find(isHere);
}

/** The id of the chat with somebody; it is made where there is none. The server makes it a session where it is to be one. */
export async function openChat(client: MatrixClient, userId: string, isEncrypted = false): Promise<string> {
  const known = isEncrypted ? undefined : chatWith(client, userId);
  if (known) return known.roomId;
  track("chat_start");
  const encryption = { type: EventType.RoomEncryption, state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
  const { room_id: roomId } = await client.createRoom({
    preset: Preset.TrustedPrivateChat, is_direct: true, invite: [userId], ...(isEncrypted ? { initial_state: [encryption] } : {}),
  });
  const directs = (client.getAccountData(EventType.Direct)?.getContent() ?? {}) as Directs;
  if (!directs[userId]?.includes(roomId)) await client.setAccountData(EventType.Direct, { ...directs, [userId]: [...(directs[userId] ?? []), roomId] });
  return roomId;
}
