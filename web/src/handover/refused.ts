/** Messages that the server refused since whoever would get them has left: they become drafts again. */
import { EventStatus, EventType, type MatrixClient, type MatrixEvent, type Room, RoomEvent } from "matrix-js-sdk";
import { addToDraft } from "../composer/draft";
import { Changing } from "../parts/changing";
import { track } from "../track";
import { captionOf, uploadsOf } from "../uploads/uploads";
import { departedIn } from "./succession";

/** Who has left, by the room in which something was refused for it; and how often, so that it is asked anew. */
class Refusals extends Changing {
  private readonly found = new Map<string, { userId: string; count: number }>();

  in(roomId: string): { userId: string; count: number } | undefined {
    return this.found.get(roomId);
  }

  note(roomId: string, userId: string): void {
    track("handover_refused_send", { room_id: roomId });
    this.found.set(roomId, { userId, count: (this.found.get(roomId)?.count ?? 0) + 1 });
    this.tell();
  }

  forget(roomId: string): void {
    if (this.found.delete(roomId)) this.tell();
  }
}

const known = new WeakMap<MatrixClient, Refusals>();

/** The refusals of a client, which are looked for from the first call on. */
export function refusalsOf(client: MatrixClient): Refusals {
  let refusals = known.get(client);
  if (refusals === undefined) {
    known.set(client, (refusals = new Refusals()));
    client.on(RoomEvent.LocalEchoUpdated, (event, room) => look(client, event, room));
  }
  return refusals;
}

function look(client: MatrixClient, event: MatrixEvent, room: Room): void {
  const userId = event.status === EventStatus.NOT_SENT ? departedIn(event.error) : null;
  if (userId === null) return;
  // After the SDK is done with it: it tells this in the middle of its own work.
  queueMicrotask(() => {
    if (event.status !== EventStatus.NOT_SENT) return;
    refusalsOf(client).note(room.roomId, userId);
    // A file stands in the composer again, and what was written with it is a draft.
    const upload = uploadsOf(client).takeBack(event.getTxnId() ?? "", false, null);
    const words = upload === null ? wordsOf(event) : captionOf(event.getContent());
    // A file that came from another tab, or from before a reload, is not here any more: it stays as not sent.
    if (words === null) return;
    if (words !== "") addToDraft(room, words);
    client.cancelPendingEvent(event);
  });
}

/** What somebody wrote; empty: nothing (a reaction), `null`: a file. */
function wordsOf(event: MatrixEvent): string | null {
  if (event.getType() !== EventType.RoomMessage) return "";
  const content = event.getWireContent();
  if (content["url"] ?? content["file"]) return null;
  const body: unknown = (content["m.new_content"] as { body?: unknown } | undefined)?.body ?? content["body"];
  return typeof body === "string" ? body : "";
}
