/** Messages whose files are still on their way, as events: they stand in the timeline like those that left. */
import { EventStatus, EventType, type MatrixClient, MatrixEvent, type Room, type Thread } from "matrix-js-sdk";
import { showFrom } from "../media";
import type { Upload } from "./upload";
import { uploadsOf } from "./uploads";

const events = new WeakMap<Upload, MatrixEvent>();
const uploads = new WeakMap<MatrixEvent, Upload>();

export function placeOf(room: Room, thread: Thread | null): string {
  return thread === null ? room.roomId : `${room.roomId}/${thread.id}`;
}

/** What waits to leave from a conversation, in order. */
export function waitingEvents(client: MatrixClient, room: Room, thread: Thread | null): MatrixEvent[] {
  return uploadsOf(client).outgoing(placeOf(room, thread)).map((upload) => {
    const known = events.get(upload);
    return known?.getTxnId() === upload.message?.txnId ? known! : eventOf(upload, room);
  });
}

/** The file that a message of those waits for. */
export function awaited(event: MatrixEvent): Upload | undefined {
  return uploads.get(event);
}

function eventOf(upload: Upload, room: Room): MatrixEvent {
  const message = upload.message;
  const url = `local:${upload.id}`;
  if (upload.preview !== null) showFrom(url, upload.preview);
  const event = new MatrixEvent({
    type: EventType.RoomMessage,
    event_id: `~${room.roomId}:${message?.txnId}`,
    room_id: room.roomId,
    sender: room.myUserId,
    origin_server_ts: message?.ts ?? 0,
    content: { ...message?.content, info: upload.info, ...(upload.preview === null ? {} : { url }) },
  });
  event.setTxnId(message?.txnId ?? "");
  event.status = EventStatus.QUEUED;
  event.sender = room.getMember(room.myUserId);
  events.set(upload, event);
  uploads.set(event, upload);
  return event;
}
