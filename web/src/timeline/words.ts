/** Events in words. */
import { EventType, KnownMembership, type MatrixEvent, MsgType } from "matrix-js-sdk";
import type { TFunction } from "i18next";
import { SESSION_TYPE } from "../rooms";

export function senderName(event: MatrixEvent): string {
  return event.sender?.rawDisplayName || event.sender?.name || event.getSender() || "";
}

/** The text of a message as it is now, without what clients put before replies. */
export function bodyOf(event: MatrixEvent): string {
  const body: unknown = event.getContent()["body"];
  const text = typeof body === "string" ? body : "";
  return event.replyEventId ? text.replace(/^(> .*\n)+\n/, "") : text;
}

/** A message in one line. */
export function summaryOf(event: MatrixEvent, t: TFunction): string {
  if (event.isRedacted()) return t("message.deleted");
  if (event.isDecryptionFailure() || event.getType() === EventType.RoomMessageEncrypted) return t("message.encrypted");
  if (event.getType() !== EventType.RoomMessage) return noticeOf(event, t);
  const content = event.getContent();
  const caption = content["filename"] && content["filename"] !== content["body"] ? `: ${bodyOf(event)}` : "";
  switch (content["msgtype"]) {
    case MsgType.Image: return t("message.image") + caption;
    case MsgType.Video: return t("message.video") + caption;
    case MsgType.Audio: return t("message.audio") + caption;
    case MsgType.File: return t("message.file", { name: content["filename"] ?? content["body"] });
    default: return bodyOf(event);
  }
}

/** What happened in a room, in a line. */
export function noticeOf(event: MatrixEvent, t: TFunction): string {
  const content = event.getContent();
  const name = senderName(event);
  switch (event.getType()) {
    case EventType.RoomCreate: return t("notice.created");
    case EventType.RoomName: return t("notice.named", { name, to: content["name"] ?? "" });
    case EventType.RoomTopic: return t("notice.topic", { name, to: content["topic"] ?? "" });
    case EventType.RoomTombstone: return t("notice.replaced");
    case EventType.RoomMember: return membershipOf(event, t);
    case SESSION_TYPE: return t([`notice.session.${content["state"] as string}`, "notice.session.open"]);
    default: return "";
  }
}

function membershipOf(event: MatrixEvent, t: TFunction): string {
  const content = event.getContent();
  const isOwn = event.getSender() === event.getStateKey();
  const target: string = content["displayname"] || event.getPrevContent()["displayname"] || event.getStateKey() || "";
  const words = { name: senderName(event), target };
  switch (content["membership"]) {
    case KnownMembership.Join: return t("notice.joined", words);
    case KnownMembership.Invite: return t("notice.invited", words);
    case KnownMembership.Ban: return t("notice.banned", words);
    case KnownMembership.Knock: return t("notice.knocked", words);
    default: return t(isOwn ? "notice.left" : "notice.removed", words);
  }
}
