/** Live positions in a group, as Matrix clients send them: MSC3489, MSC3672, MSC3488. */
import { type MatrixClient, type MatrixEvent, Method, type Room } from "matrix-js-sdk";
import { fromGeo, type Point, toGeo } from "./geo";
import type { Here } from "./position";

const INFOS = ["m.beacon_info", "org.matrix.msc3672.beacon_info"] as const;
const BEACONS: readonly string[] = ["m.beacon", "org.matrix.msc3672.beacon"];
/** Those that other clients know. */
const INFO = INFOS[1];
const BEACON = "org.matrix.msc3672.beacon";
const LONGEST_MS = 4 * 3_600_000;
const MOST = 200;

export type LivePosition = Point & { userId: string; accuracy: number; ts: number };

/** The state event by which somebody shares their position live in a room now. */
export function sharingOf(room: Room, userId: string): MatrixEvent | null {
  for (const type of INFOS) {
    const event = room.currentState.getStateEvents(type, userId);
    const content = event?.getContent() ?? {};
    const begun = Number(content["m.ts"] ?? content["org.matrix.msc3488.ts"] ?? event?.getTs());
    if (event && content["live"] === true && begun + Number(content["timeout"]) > Date.now()) return event;
  }
  return null;
}

/** The newest position of each member who shares theirs. */
export function livePositions(room: Room, more: readonly MatrixEvent[]): LivePosition[] {
  const newest = new Map<string, LivePosition>();
  for (const event of [...more, ...room.getLiveTimeline().getEvents()]) {
    const found = positionOf(event);
    if (found === null || sharingOf(room, found.userId)?.getId() !== event.getContent()["m.relates_to"]?.["event_id"]) continue;
    if (found.ts >= (newest.get(found.userId)?.ts ?? 0)) newest.set(found.userId, found);
  }
  return [...newest.values()];
}

function positionOf(event: MatrixEvent): LivePosition | null {
  if (!BEACONS.includes(event.getType()) || event.isRedacted()) return null;
  const content = event.getContent();
  const location = (content["m.location"] ?? content["org.matrix.msc3488.location"]) as { uri?: unknown } | undefined;
  const point = fromGeo(location?.uri);
  const ts = Number(content["m.ts"] ?? content["org.matrix.msc3488.ts"] ?? event.getTs());
  return point === null ? null : { ...point, userId: event.getSender() ?? "", ts };
}

/** Beacons of before this client was here. */
export async function earlierBeacons(client: MatrixClient, room: Room): Promise<MatrixEvent[]> {
  const path = `/rooms/${encodeURIComponent(room.roomId)}/messages`;
  const query = { dir: "b", limit: String(MOST), filter: JSON.stringify({ types: BEACONS }) };
  const answer = await client.http.authedRequest<{ chunk: Parameters<ReturnType<MatrixClient["getEventMapper"]>>[0][] }>(Method.Get, path, query);
  return answer.chunk.map(client.getEventMapper());
}

/** Begin to share; the state event's id. */
export async function beginSharing(client: MatrixClient, roomId: string): Promise<string> {
  const content = { live: true, timeout: LONGEST_MS, "org.matrix.msc3488.ts": Date.now(), "org.matrix.msc3488.asset": { type: "m.self" } };
  return (await client.sendStateEvent(roomId, INFO as never, content as never, client.getSafeUserId())).event_id;
}

export async function endSharing(client: MatrixClient, room: Room): Promise<void> {
  const me = client.getSafeUserId();
  const event = sharingOf(room, me);
  if (event !== null) await client.sendStateEvent(room.roomId, event.getType() as never, { ...(event.getContent() as object), live: false } as never, me);
}

export async function sendBeacon(client: MatrixClient, roomId: string, infoId: string, here: Here): Promise<void> {
  const content = { "m.relates_to": { rel_type: "m.reference", event_id: infoId }, "org.matrix.msc3488.location": { uri: toGeo(here) }, "org.matrix.msc3488.ts": here.ts };
  await client.sendEvent(roomId, BEACON as never, content as never);
}
