/** Going on with a successor, with what was written. */
import { ClientEvent, type MatrixClient, type Room, RoomStateEvent } from "matrix-js-sdk";
import { draftOf, moveDraft } from "../composer/draft";
import { sessionOf } from "../rooms";
import { track } from "../track";
import { uploadsOf } from "../uploads/uploads";
import { answer, toldIn } from "./succession";
import type { Handover } from "./useHandover";

/** Milliseconds after which a conversation is opened even where the successor is not seen in it yet. */
const LONGEST_MS = 15_000;

/** Say yes; the room in which the conversation goes on, when the successor is there. Rejects with the server's reason. */
export async function goOn(client: MatrixClient, handover: Handover, room: Room | null): Promise<Room> {
  track("handover_continue", { status: handover.status, ...(room === null ? {} : { room_id: room.roomId }) });
  const roomId = await accept(client, handover, room);
  return until(client, () => {
    // Two people have one conversation: where they have another one already, the old room says so.
    const told = room && toldIn(room);
    const isThere = told !== null && (told.status === "accepted" || told.status === "taken_over");
    const found = client.getRoom((isThere ? told.newRoomId : null) ?? roomId);
    return found !== null && isReady(found) ? found : null;
  }, () => client.getRoom(roomId));
}

async function accept(client: MatrixClient, handover: Handover, room: Room | null): Promise<string> {
  const offered = handover.newRoomId;
  if (room !== null && offered !== null && client.getRoom(offered)?.getMyMembership() === "invite") {
    await client.joinRoom(offered);
    return offered;
  }
  const entered = await answer(client, handover.userId, true);
  if (entered === null) throw new Error("there is no session");
  return entered;
}

/** Whether the two can write to each other, or wait for it. */
function isReady(room: Room): boolean {
  const session = sessionOf(room);
  if (room.getMyMembership() !== "join" || session === null) return false;
  if (session.state === "waiting") return true;
  return session.state === "open" && room.getMember(session.staff ?? "")?.membership === "join";
}

/** Not now. */
export async function stay(client: MatrixClient, handover: Handover, room: Room | null): Promise<void> {
  track("handover_not_now", { status: handover.status, ...(room === null ? {} : { room_id: room.roomId }) });
  const offered = handover.newRoomId;
  if (offered !== null && client.getRoom(offered)?.getMyMembership() === "invite") await client.leave(offered);
  else await answer(client, handover.userId, false);
}

/** Bring what is written in a room, and its files, to the one in which one goes on. */
export function takeAlong(client: MatrixClient, from: Room, to: Room): void {
  const uploads = uploadsOf(client);
  if (draftOf(from) === "" && uploads.in(from.roomId).length === 0) return;
  track("handover_draft_along", { room_id: to.roomId });
  moveDraft(from, to);
  uploads.move(from.roomId, to.roomId);
}

/** What `look` finds as soon as it finds something; after a while what `last` does. */
function until(client: MatrixClient, look: () => Room | null, last: () => Room | null): Promise<Room> {
  return new Promise((resolve, reject) => {
    const end = (found: Room | null): void => {
      clearTimeout(timer);
      client.off(ClientEvent.Sync, check);
      client.off(RoomStateEvent.Events, check);
      if (found === null) reject(new Error("the room did not come"));
      else resolve(found);
    };
    const check = (): void => {
      const found = look();
      if (found !== null) end(found);
    };
    const timer = setTimeout(() => end(last()), LONGEST_MS);
    client.on(ClientEvent.Sync, check);
    client.on(RoomStateEvent.Events, check);
    check();
  });
}
