import { type IEvent, type MatrixClient, type MatrixEvent, Method, type Room } from "matrix-js-sdk";
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient } from "../hooks";
import { sourceOf } from "../media";

const PAGE = 50;
/** Pages that are looked through for files of an encrypted room, of which the server cannot tell which messages they are. */
const MOST_PAGES = 6;
const LEAST = 9;

type Page = { chunk: IEvent[]; end?: string };
type Files = { events: MatrixEvent[]; state: "idle" | "busy" | "failed"; hasMore: boolean; more: () => void };

/** The files of a room, page by page from the newest. */
export function useFiles(room: Room): Files {
  const client = useClient();
  const [events, setEvents] = useState<MatrixEvent[]>([]);
  const [state, setState] = useState<Files["state"]>("busy");
  const [hasMore, setMore] = useState(true);
  const next = useRef<string | undefined>(undefined);
  const isBusy = useRef(false);
  const more = useCallback(() => {
    if (isBusy.current) return;
    isBusy.current = true;
    setState("busy");
    look(client, room, next.current).then(
      ({ found, from }) => {
        next.current = from;
        setMore(from !== undefined);
        setEvents((before) => [...before, ...found]);
        setState("idle");
      },
      () => setState("failed"),
    ).finally(() => {
      isBusy.current = false;
    });
  }, [client, room]);
  useEffect(more, [more]);
  return { events, state, hasMore, more };
}

async function look(client: MatrixClient, room: Room, start: string | undefined): Promise<{ found: MatrixEvent[]; from: string | undefined }> {
  const isEncrypted = room.hasEncryptionStateEvent();
  const filter = JSON.stringify({ lazy_load_members: true, ...(isEncrypted ? {} : { contains_url: true, types: ["m.room.message"] }) });
  const found: MatrixEvent[] = [];
  let from = start;
  for (let page = 0; page < MOST_PAGES && found.length < LEAST; page += 1) {
    const query = { dir: "b", limit: String(PAGE), filter, ...(from === undefined ? {} : { from }) };
    const answer = await client.http.authedRequest<Page>(Method.Get, `/rooms/${encodeURIComponent(room.roomId)}/messages`, query);
    for (const raw of answer.chunk) {
      const event = room.findEventById(raw.event_id) ?? client.getEventMapper({ decrypt: false })(raw);
      if (event.isEncrypted()) await client.decryptEventIfNeeded(event);
      if (event.getType() === "m.room.message" && !event.isRedacted() && sourceOf(event.getContent()) !== null) found.push(event);
    }
    from = answer.end;
    if (from === undefined) break;
  }
  return { found, from };
}
