/** Messages found by their words, page by page. spec: client-server §Server Side Search */
import { type IRoomEventFilter, type ISearchRequestBody, type MatrixClient, SearchOrderBy } from "matrix-js-sdk";

export type Criteria = {
  term: string;
  /** Only in this room. */
  roomId: string | null;
  sender: string | null;
  /** Milliseconds since 1970, the first included, the last not. */
  from: number | null;
  until: number | null;
  hasMedia: boolean;
};

export type Line = { eventId: string; sender: string; name: string; text: string; ts: number };
export type Hit = Line & { roomId: string; threadId: string | undefined; before: Line[]; after: Line[] };
export type Results = { hits: Hit[]; highlights: string[]; next: string | null };

const PAGE = 20;
/** Pages that one request for more looks through where most of what is found is of another time. */
const MOST_PAGES = 10;
const LEAST_HITS = 8;
const CONTEXT = 1;

type RawEvent = { event_id: string; room_id?: string; sender: string; origin_server_ts: number; type: string; content: Record<string, unknown> };
type RawHit = { result: RawEvent; context?: { events_before?: RawEvent[]; events_after?: RawEvent[]; profile_info?: Record<string, { displayname?: string }> } };

export const NOTHING: Results = { hits: [], highlights: [], next: null };

/** The next hits after those that are there, the newest first. Rejects with the server's error. */
export async function findMore(client: MatrixClient, criteria: Criteria, sofar: Results, signal: AbortSignal): Promise<Results> {
  let found = sofar;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await client.search({ body: bodyOf(criteria), ...(found.next === null ? {} : { next_batch: found.next }) }, signal);
    const category = answer.search_categories.room_events;
    const hits = ((category.results ?? []) as unknown as RawHit[]).map((raw) => hitOf(client, raw)).filter((hit) => isWithin(criteria, hit.ts));
    const isOver = !category.next_batch || isBefore(criteria, category.results as unknown as RawHit[]);
    found = {
      hits: [...found.hits, ...hits],
      highlights: [...new Set([...found.highlights, ...(category.highlights ?? [])])],
      next: isOver ? null : (category.next_batch ?? null),
    };
    if (found.next === null || found.hits.length - sofar.hits.length >= LEAST_HITS) break;
  }
  return found;
}

function bodyOf(criteria: Criteria): ISearchRequestBody {
  const filter: IRoomEventFilter = { limit: PAGE };
  if (criteria.roomId !== null) filter.rooms = [criteria.roomId];
  if (criteria.sender !== null) filter.senders = [criteria.sender];
  if (criteria.hasMedia) filter.contains_url = true;
  const around = { before_limit: CONTEXT, after_limit: CONTEXT, include_profile: true };
  return { search_categories: { room_events: { search_term: criteria.term, filter, order_by: SearchOrderBy.Recent, event_context: around } } };
}

function isWithin(criteria: Criteria, ts: number): boolean {
  return (criteria.from === null || ts >= criteria.from) && (criteria.until === null || ts < criteria.until);
}

/** Results come newest first: after one that is too old there is nothing more. */
function isBefore(criteria: Criteria, results: RawHit[]): boolean {
  const last = results.at(-1);
  return criteria.from !== null && last !== undefined && last.result.origin_server_ts < criteria.from;
}

function hitOf(client: MatrixClient, raw: RawHit): Hit {
  const { result, context } = raw;
  const roomId = result.room_id ?? "";
  const line = (event: RawEvent): Line => ({
    eventId: event.event_id, sender: event.sender, ts: event.origin_server_ts, text: textOf(event),
    name: client.getRoom(roomId)?.getMember(event.sender)?.rawDisplayName ?? context?.profile_info?.[event.sender]?.displayname ?? event.sender,
  });
  const lines = (events: RawEvent[] | undefined): Line[] => (events ?? []).map(line).filter((one) => one.text !== "");
  const relation = result.content["m.relates_to"] as { rel_type?: string; event_id?: string } | undefined;
  return {
    ...line(result), roomId, threadId: relation?.rel_type === "m.thread" ? relation.event_id : undefined,
    before: lines(context?.events_before).reverse(), after: lines(context?.events_after),
  };
}

/** What a message says, as it was edited last. */
function textOf(event: RawEvent): string {
  const newest = (event as { unsigned?: { "m.relations"?: { "m.replace"?: RawEvent } } }).unsigned?.["m.relations"]?.["m.replace"];
  const content = (newest?.content["m.new_content"] as Record<string, unknown> | undefined) ?? event.content;
  const text = content["body"] ?? content["name"] ?? content["topic"];
  return typeof text === "string" ? text.replace(/^(> .*\n)+\n/, "") : "";
}

/** A text in parts, every second of which was looked for. */
export function marked(text: string, words: string[]): string[] {
  const wanted = words.filter((word) => word.trim() !== "").sort((one, other) => other.length - one.length);
  if (wanted.length === 0) return [text];
  const pattern = wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return text.split(new RegExp(`(${pattern})`, "giu"));
}
