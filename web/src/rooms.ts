/** What a room is to the person who looks at it, and in which part of the list it stands. */
import { EventType, KnownMembership, type MatrixClient, NotificationCountType, type Room } from "matrix-js-sdk";
import { groupOf as eventOf } from "./safety/state";
import { isLeftBehind, offeredRooms } from "./handover/succession";

export const SESSION_TYPE = "org.roomkeeper.session";

export type Session = { customer: string; state: "offered" | "waiting" | "open" | "closed"; staff?: string; department?: string };

/** The session that a room is, if it is one. */
export function sessionOf(room: Room): Session | null {
  const content = room.currentState.getStateEvents(SESSION_TYPE, "")?.getContent();
  return content && typeof content["customer"] === "string" ? (content as Session) : null;
}

/** What the room is called here: a session is named after whom one talks with. */
export function nameOf(room: Room): string {
  const session = sessionOf(room);
  const other = session && (session.customer === room.myUserId ? session.staff : session.customer);
  const name = other ? room.getMember(other)?.rawDisplayName : undefined;
  return name || room.name;
}

/** The mxc URL of the picture of the room, or of whom one talks with. */
export function pictureOf(room: Room): string | null {
  const session = sessionOf(room);
  const other = session && (session.customer === room.myUserId ? session.staff : session.customer);
  return (other && room.getMember(other)?.getMxcAvatarUrl()) || room.getMxcAvatarUrl() || room.getAvatarFallbackMember()?.getMxcAvatarUrl() || null;
}

/** The rooms that are listed: without those that go on in another one where one is, too. */
export function listedRooms(client: MatrixClient): Room[] {
  return client.getVisibleRooms().filter((room) => !isLeftBehind(client, room));
}

export function unreadOf(room: Room): number {
  return room.getUnreadNotificationCount(NotificationCountType.Total);
}

export function highlightsOf(room: Room): number {
  return room.getUnreadNotificationCount(NotificationCountType.Highlight);
}

export const GROUPS = ["invitations", "events", "unread", "favourites", "sessions", "contacts", "rooms", "low"] as const;
export type Group = (typeof GROUPS)[number];

/** All rooms that one is in or invited to, by part of the list, the liveliest first. */
export function groupRooms(client: MatrixClient): Record<Group, Room[]> {
  const direct = directRooms(client);
  const groups: Record<Group, Room[]> = { invitations: [], events: [], unread: [], favourites: [], sessions: [], contacts: [], rooms: [], low: [] };
  const offered = offeredRooms(client);
  for (const room of listedRooms(client)) {
    const group = groupOf(room, direct, offered);
    if (group !== null) groups[group].push(room);
  }
  for (const rooms of Object.values(groups)) rooms.sort((one, other) => other.getLastActiveTimestamp() - one.getLastActiveTimestamp());
  return groups;
}

function groupOf(room: Room, direct: ReadonlySet<string>, offered: ReadonlySet<string>): Group | null {
  const membership = room.getMyMembership();
  // What is offered in place of another session stands there, with the choice.
  if (membership === KnownMembership.Invite) return offered.has(room.roomId) ? null : "invitations";
  if (membership !== KnownMembership.Join || room.isSpaceRoom()) return null;
  // What happens now comes before everything else that is read or not.
  const status = eventOf(room)?.status;
  if (status !== undefined && status !== "closed") return "events";
  if (room.tags["m.lowpriority"]) return "low";
  if (unreadOf(room) > 0) return "unread";
  if (room.tags["m.favourite"]) return "favourites";
  if (sessionOf(room) !== null) return "sessions";
  return direct.has(room.roomId) ? "contacts" : "rooms";
}

function directRooms(client: MatrixClient): Set<string> {
  const content = client.getAccountData(EventType.Direct)?.getContent() ?? {};
  return new Set(Object.values(content).flat() as string[]);
}
