/** Tracking points of the chat that are seen on the SDK's client: messages on their way, rooms that appear, sessions that end. */
import { ClientEvent, EventStatus, HttpApiEvent, type MatrixClient, type MatrixEvent, type Room, RoomEvent } from "matrix-js-sdk";
import { track } from "../track";
import { whenPrepared } from "../client";
import { listenForRepeats } from "../repair/listen";
import { startSender } from "./sender";

const STATES: Partial<Record<EventStatus, string>> = {
  [EventStatus.SENDING]: "message_sending",
  [EventStatus.SENT]: "message_sent",
  [EventStatus.NOT_SENT]: "message_failed",
};

export function startTracking(client: MatrixClient): void {
  startSender(client.getSafeUserId());
  listenForRepeats(client);
  const deviceId = client.getDeviceId() ?? "-";
  client.on(RoomEvent.LocalEchoUpdated, (event, room, _id, before) => noteMessage(event, room, before));
  client.on(HttpApiEvent.SessionLoggedOut, (error) => track("signed_out", { device_id: deviceId, soft: error.data["soft_logout"] === true }));
  void whenPrepared(client).then(() => {
    track("session_ready", { device_id: deviceId });
    client.on(ClientEvent.Room, noteRoom);
    client.on(RoomEvent.MyMembership, noteRoom);
  });
}

/** Each state of a message once: the transaction id is what the server knows it by. */
function noteMessage(event: MatrixEvent, room: Room, before: EventStatus | null | undefined): void {
  const txnId = event.getTxnId();
  if (event.status === null || event.status === before || txnId === undefined) return;
  const name = STATES[event.status];
  if (name === undefined) return;
  const told: Record<string, string> = { txn_id: txnId, room_id: room.roomId };
  if (event.status === EventStatus.SENT) told["event_id"] = event.getId() ?? "";
  if (event.status === EventStatus.NOT_SENT) told["errcode"] = event.error?.errcode ?? "unreachable";
  track(name, told);
}

function noteRoom(room: Room): void {
  if (room.getMyMembership() === "join") track("room_shown", { room_id: room.roomId });
}
