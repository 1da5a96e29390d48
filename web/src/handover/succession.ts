/** Who takes care of a customer instead of somebody who has left: as the rooms tell it, and as the server answers it. */
import { type MatrixClient, MatrixError, Method, type Room } from "matrix-js-sdk";
import { sessionOf } from "../rooms";

export const SUCCESSION_TYPE = "org.roomkeeper.succession";
const DEPARTURE_FIELD = "org.roomkeeper.departure";
const PREFIX = "/_roomkeeper/v1";

export type Status = "pending" | "waiting" | "accepted" | "declined" | "taken_over" | "at_limit" | "failed" | "withdrawn" | "gone";

/** What the room of a session says of who has left it (or hands their customers on: `transfer`). */
export type Told = { userId: string; isTransfer: boolean; status: Status; successorId: string | null; newRoomId: string | null };

export type Named = { user_id?: string; department_id?: string; display_name: string };
type Offer = { status: Status; room_id: string; new_room_id?: string | null };

/** What the server answers to who asks for somebody. */
export type Succession = { user_id: string; state: "active" | "departed"; display_name: string; successor?: Named | null; offer?: Offer | null };

export function toldIn(room: Room): Told | null {
  const content = room.currentState.getStateEvents(SUCCESSION_TYPE, "")?.getContent();
  if (!content || typeof content["user_id"] !== "string") return null;
  return {
    userId: content["user_id"], isTransfer: content["kind"] === "transfer", status: content["status"] as Status,
    successorId: textOr(content["successor"]), newRoomId: textOr(content["new_room_id"]),
  };
}

function textOr(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Whether whoever looks at it is the customer of a session. */
export function isCustomerOf(room: Room): boolean {
  return sessionOf(room)?.customer === room.myUserId;
}

/** Whether a conversation waits for its customer's choice. */
export function isAsked(room: Room): boolean {
  return toldIn(room)?.status === "waiting" && isCustomerOf(room);
}

/** The rooms that are offered to this customer in place of another session: they stand with that one. */
export function offeredRooms(client: MatrixClient): Set<string> {
  const asked = client.getRooms().filter((room) => room.getMyMembership() === "join" && isAsked(room));
  return new Set(asked.map((room) => toldIn(room)?.newRoomId ?? ""));
}

/** Where a room goes on, when it does. spec: client-server §m.room.tombstone */
export function replacementOf(room: Room): string | null {
  return textOr(room.currentState.getStateEvents("m.room.tombstone", "")?.getContent()["replacement_room"]);
}

/** Whether one goes on elsewhere, and is there. */
export function isLeftBehind(client: MatrixClient, room: Room): boolean {
  const next = replacementOf(room);
  return next !== null && client.getRoom(next)?.getMyMembership() === "join";
}

/** The earlier conversations that go on in this one, as far as one may read them. */
export function earlierOf(client: MatrixClient, room: Room): Room[] {
  const before = room.findPredecessor()?.roomId;
  return client.getRooms().filter((one) => one !== room && one.getMyMembership() === "join" && (one.roomId === before || replacementOf(one) === room.roomId));
}

/** From whom this session was taken over, if it was. */
export function leaverOf(client: MatrixClient, room: Room): { userId: string; room: Room } | null {
  for (const earlier of earlierOf(client, room)) {
    const userId = toldIn(earlier)?.userId ?? sessionOf(earlier)?.staff;
    if (userId) return { userId, room: earlier };
  }
  const event = room.currentState.getStateEvents("org.roomkeeper.session", "");
  const before: unknown = event?.getPrevContent()["staff"];
  return typeof before === "string" && before !== event?.getContent()["staff"] ? { userId: before, room } : null;
}

/** Of whom an error says that they have left, and get nothing any more. */
export function departedIn(failure: unknown): string | null {
  if (!(failure instanceof MatrixError) || failure.data["org.roomkeeper.reason"] !== "departed") return null;
  return textOr(failure.data["org.roomkeeper.user_id"]);
}

export function ask(client: MatrixClient, userId: string): Promise<Succession> {
  return client.http.authedRequest<Succession>(Method.Get, pathOf(userId), undefined, undefined, { prefix: PREFIX });
}

/** Go on with the successor, or not; the room of the session in which one goes on. */
export async function answer(client: MatrixClient, userId: string, goOn: boolean): Promise<string | null> {
  type Answer = { session?: { room_id: string } | null };
  const said = await client.http.authedRequest<Answer>(Method.Post, pathOf(userId), undefined, { go_on: goOn }, { prefix: PREFIX });
  return said.session?.room_id ?? null;
}

function pathOf(userId: string): string {
  return `/succession/${encodeURIComponent(userId)}`;
}

/** Whether somebody's profile says that they have left. */
export async function hasLeft(client: MatrixClient, userId: string): Promise<boolean> {
  const profile = (await client.getProfileInfo(userId)) as Record<string, unknown>;
  return profile[DEPARTURE_FIELD] !== undefined;
}
