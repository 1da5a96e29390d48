/** Tries again what did not work, as a person would: what comes of it is tracked at the points of the plan. */
import { EventStatus, type MatrixClient, Method } from "matrix-js-sdk";
import { call } from "../api";
import { whenPrepared } from "../client";
import { track } from "../track";
import { verdictOf } from "../uploads/verdict";
import type { Wanted } from "./listen";

type Succession = { offer: { status: string; room_id: string } | null };

export async function repeat(client: MatrixClient, wanted: Wanted): Promise<void> {
  const room = wanted.about["room_id"] ?? null;
  if (wanted.kind === "message_stuck") await sendAgain(client, room);
  else if (wanted.kind === "media_refused") await checkAgain(client, wanted.about["media_id"]);
  else if (wanted.kind === "room_missing") await loadAgain(client, room);
  else if (wanted.kind === "signed_out") track("session_ready", { device_id: client.getDeviceId() ?? "-" });
  else if (wanted.kind === "handover_missing") await askAgain(client, room);
}

/** Every message that did not go, of that room or of any. */
async function sendAgain(client: MatrixClient, roomId: string | null): Promise<void> {
  const rooms = client.getRooms().filter((room) => roomId === null || room.roomId === roomId);
  for (const room of rooms) {
    for (const event of room.getPendingEvents()) {
      if (event.status === EventStatus.NOT_SENT) await client.resendEvent(event, room).catch(() => {});
    }
  }
}

async function checkAgain(client: MatrixClient, mediaId: string | undefined): Promise<void> {
  if (mediaId === undefined) return;
  const verdict = await verdictOf(client, `mxc://${client.getDomain() ?? ""}/${mediaId}`, null, AbortSignal.timeout(30_000));
  if (verdict?.action === "block") track("media_not_sendable", { media_id: mediaId, cause: "blocked" });
  else if (verdict !== null) track("media_ready", { media_id: mediaId });
}

/** What this device has of its rooms may be what is wrong: it asks for all of them, as a new device does. */
async function loadAgain(client: MatrixClient, roomId: string | null): Promise<void> {
  await whenPrepared(client);
  const answer = await client.http.authedRequest<{ rooms?: { join?: Record<string, unknown> } }>(Method.Get, "/sync", { timeout: "0" });
  const joined = answer.rooms?.join ?? {};
  const missing = Object.keys(joined).filter((one) => client.getRoom(one)?.getMyMembership() !== "join");
  if (missing.length > 0) {
    client.stopClient();
    await client.store.deleteAllData();
    window.location.reload();
    return;
  }
  if (roomId !== null && roomId in joined) track("room_shown", { room_id: roomId });
}

async function askAgain(client: MatrixClient, roomId: string | null): Promise<void> {
  const left = client.getRooms().flatMap((room) => {
    const said = room.currentState.getStateEvents("org.roomkeeper.succession", "")?.getContent<{ user_id?: string }>();
    return said?.user_id && (roomId === null || room.roomId === roomId) ? [said.user_id] : [];
  });
  for (const userId of new Set(left)) {
    const { offer } = await call<Succession>("GET", `/succession/${encodeURIComponent(userId)}`);
    if (offer !== null) track("handover_shown", { room_id: offer.room_id, status: offer.status });
  }
}
