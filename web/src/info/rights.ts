/** Who may do what in a room. */
import { EventType, type Room, type RoomMember } from "matrix-js-sdk";
import { sessionOf } from "../rooms";

export const ADMIN = 100;
export const MODERATOR = 50;

export type RoleName = "customer" | "staff" | "creator" | "admin" | "moderator" | "member";

/** What somebody is in a room, in a word. */
export function roleOf(room: Room, member: RoomMember): RoleName {
  const session = sessionOf(room);
  if (session) {
    if (session.customer === member.userId) return "customer";
    if (session.staff === member.userId) return "staff";
  }
  if (member.powerLevel === Infinity) return "creator";
  if (member.powerLevel >= ADMIN) return "admin";
  return member.powerLevel >= MODERATOR ? "moderator" : "member";
}

function myLevel(room: Room): number {
  return room.getMember(room.myUserId)?.powerLevel ?? 0;
}

function levelFor(room: Room, action: "kick" | "ban" | "invite", otherwise: number): number {
  const content = room.currentState.getStateEvents(EventType.RoomPowerLevels, "")?.getContent();
  return typeof content?.[action] === "number" ? content[action] : otherwise;
}

export function maySet(room: Room, type: string): boolean {
  return room.getMyMembership() === "join" && room.currentState.maySendStateEvent(type, room.myUserId);
}

export function mayInvite(room: Room): boolean {
  return myLevel(room) >= levelFor(room, "invite", 0);
}

export function mayRemove(room: Room, member: RoomMember): boolean {
  return isAbove(room, member) && myLevel(room) >= levelFor(room, "kick", MODERATOR);
}

export function mayBan(room: Room, member: RoomMember): boolean {
  return isAbove(room, member) && myLevel(room) >= levelFor(room, "ban", MODERATOR);
}

function isAbove(room: Room, member: RoomMember): boolean {
  return member.userId !== room.myUserId && myLevel(room) > member.powerLevel;
}

/** The levels that one may give somebody, by what they are called. */
export function givable(room: Room, member: RoomMember): { role: "admin" | "moderator" | "member"; level: number }[] {
  if (!maySet(room, EventType.RoomPowerLevels) || !isAbove(room, member)) return [];
  const all = [{ role: "admin", level: ADMIN }, { role: "moderator", level: MODERATOR }, { role: "member", level: 0 }] as const;
  return all.filter(({ level }) => level <= myLevel(room) && level !== member.powerLevel);
}
