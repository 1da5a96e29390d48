/** Messages that the server refused: nothing of them is lost. What was written stands in its composer again, with the reason. */
import { EventStatus, type MatrixClient, type MatrixEvent, RelationType, type Room, RoomEvent } from "matrix-js-sdk";
import { giveBack } from "../composer/draft";
import { Changing } from "../parts/changing";
import { captionOf, uploadsOf } from "../uploads/uploads";
import { type Refusal, refusalOf } from "./screening";

/** Why what stands in a composer was refused. */
export type Notice = Pick<Refusal, "labels" | "message" | "caseId"> & { kind: "blocked" | "changed" };

class Notices extends Changing {
  in(user: string, place: string): Notice | null {
    try {
      return JSON.parse(localStorage.getItem(keyOf(user, place)) ?? "null") as Notice | null;
    } catch {
      return null;
    }
  }

  put(user: string, place: string, notice: Notice | null): void {
    if (notice === null) localStorage.removeItem(keyOf(user, place));
    else localStorage.setItem(keyOf(user, place), JSON.stringify(notice));
    this.tell();
  }
}

function keyOf(user: string, place: string): string {
  return `roomkeeper.refused.${user}.${place}`;
}

export const notices = new Notices();

/** Look after what this person sends, for as long as the page is there. */
export function watchRefusals(client: MatrixClient): void {
  const uploads = uploadsOf(client);
  const user = client.getSafeUserId();
  uploads.onBack = (roomId, threadId, words) => {
    if (words !== "") giveBack(user, roomId, threadId, words);
  };
  client.on(RoomEvent.LocalEchoUpdated, (event: MatrixEvent, room: Room) => {
    const txnId = event.getTxnId();
    if (txnId === undefined || event.getSender() !== user) return;
    if (event.status !== EventStatus.NOT_SENT) {
      if (event.status === null || event.status === EventStatus.SENT || event.status === EventStatus.CANCELLED) uploads.settled(txnId);
      return;
    }
    const refusal = refusalOf(event.error);
    // The SDK is not done with it yet.
    if (refusal !== null) queueMicrotask(() => back(client, room, event, txnId, refusal));
  });
}

function back(client: MatrixClient, room: Room, event: MatrixEvent, txnId: string, refusal: Refusal): void {
  const user = client.getSafeUserId();
  const uploads = uploadsOf(client);
  const content = event.getContent();
  const isGone = refusal.reason === "media_gone";
  const upload = uploads.takeBack(txnId, isGone, refusal.caseId);
  if (upload === null && isGone) return;
  client.cancelPendingEvent(event);
  if (upload?.message) return; // it is uploaded anew, and leaves by itself
  const threadId = event.threadRootId ?? null;
  const isEdit = event.isRelation(RelationType.Replace);
  const edited = isEdit ? ((content["m.new_content"] as { body?: string } | undefined)?.body ?? "") : null;
  const words = edited ?? (upload === null ? String(content["body"] ?? "") : captionOf(content));
  if (words !== "") giveBack(user, room.roomId, threadId, words, isEdit ? event.relationEventId : undefined);
  if (refusal.reason === "checksum_mismatch" && upload !== null) return uploads.changed(upload);
  const kind = refusal.reason === "checksum_mismatch" ? "changed" : "blocked";
  const { labels, message, caseId } = refusal;
  notices.put(user, threadId === null ? room.roomId : `${room.roomId}/${threadId}`, { kind, labels, message, caseId });
}
