/** Links to people, rooms and messages. spec: appendices §matrix.to navigation, §Matrix URI scheme */
import { hrefOf, type Place, readPlace, type RoomPlace } from "./hooks";

const MATRIX_TO = "https://matrix.to/#/";
const APP = `${window.location.origin}/app`;

export type Link = { userId: string } | { place: Place };

/** What a link of this server or of Matrix leads to; `null`: it leads elsewhere. */
export function linkOf(href: string): Link | null {
  if (href.startsWith(`${APP}#`)) return { place: readPlace(href.slice(APP.length)) };
  if (href.startsWith(MATRIX_TO)) return ofParts(href.slice(MATRIX_TO.length));
  return href.startsWith("matrix:") ? ofParts(fromScheme(href.slice("matrix:".length))) : null;
}

function ofParts(path: string): Link | null {
  const [id = "", eventId] = (path.split("?")[0] ?? "").split("/").map(plain);
  if (id.startsWith("@")) return { userId: id };
  if (!id.startsWith("!") && !id.startsWith("#")) return null;
  return { place: { page: "room", roomId: id, ...(eventId ? { eventId } : {}) } };
}

const SIGILS: Record<string, string> = { u: "@", r: "#", roomid: "!", e: "$" };

/** "roomid/abc:example.org/e/def" as "!abc:example.org/$def". */
function fromScheme(path: string): string {
  const parts = (path.split("?")[0] ?? "").split("/");
  const ids: string[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) ids.push((SIGILS[parts[at] ?? ""] ?? "") + parts[at + 1]);
  return ids.join("/");
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A link to a message that whoever is in its room can follow. */
export function permalink(place: RoomPlace): string {
  return APP + hrefOf(place);
}
