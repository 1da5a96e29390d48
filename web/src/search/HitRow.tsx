import type { MatrixClient } from "matrix-js-sdk";
import { Fragment } from "react";
import { hrefOf } from "../hooks";
import { nameOf } from "../rooms";
import { exact, short } from "../times";
import { track } from "../track";
import { type Hit, type Line, marked } from "./search";

/** Beside what is wide enough for both the list stays open. */
const WIDE = window.matchMedia("(min-width: 1100px)");

type Props = { hit: Hit; words: string[]; withRoom: boolean; client: MatrixClient };

/** A message that was found, with what was said before and after. It leads to its place in the conversation. */
export function HitRow({ hit, words, withRoom, client }: Props) {
  const room = client.getRoom(hit.roomId);
  const stays = WIDE.matches && hit.threadId === undefined;
  const place = { page: "room", roomId: hit.roomId, eventId: hit.eventId, ...(hit.threadId ? { threadId: hit.threadId } : {}), ...(stays ? { panel: "search" as const } : {}) } as const;
  return (
    <div role="listitem"><a className="hit" href={hrefOf(place)} onClick={() => track("search_open", { room_id: hit.roomId })}>
      {withRoom && room && <span className="hit-room">{nameOf(room)}</span>}
      {hit.before.map((line) => <Around key={line.eventId} line={line} />)}
      <span className="hit-line">
        <b>{hit.name}</b><time dateTime={new Date(hit.ts).toISOString()} title={exact(hit.ts)}>{short(hit.ts)}</time>
      </span>
      <span className="hit-text">
        {marked(hit.text, words).map((part, index) => <Fragment key={index}>{index % 2 === 1 ? <mark>{part}</mark> : part}</Fragment>)}
      </span>
      {hit.after.map((line) => <Around key={line.eventId} line={line} />)}
    </a></div>
  );
}

function Around({ line }: { line: Line }) {
  return <span className="hit-around">{line.name}: {line.text}</span>;
}
