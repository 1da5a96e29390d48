/** What is written and not sent yet is kept on the device, for each room and thread. */
import type { MatrixEvent, Room, Thread } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useVersion } from "../hooks";
import { CHANGED, Changing } from "../parts/changing";
import { bodyOf } from "../timeline/words";

function keyOf(user: string, roomId: string, threadId: string | null): string {
  return `roomkeeper.draft.${user}.${roomId}${threadId ? `.${threadId}` : ""}`;
}

/** Tells when a draft was changed otherwise than by writing in its field. */
class Drafts extends Changing {
  /** Texts of edits that were refused, by the event that they were to change. */
  readonly edits = new Map<string, string>();

  put(key: string, words: string): void {
    if (words === "") localStorage.removeItem(key);
    else localStorage.setItem(key, words);
    this.tell();
  }
}

const drafts = new Drafts();

export function draftOf(room: Room): string {
  return localStorage.getItem(keyOf(room.myUserId, room.roomId, null)) ?? "";
}

/** Put words behind what is written in a room already. */
export function addToDraft(room: Room, words: string): void {
  const before = draftOf(room);
  drafts.put(keyOf(room.myUserId, room.roomId, null), before ? `${before}\n${words}` : words);
}

/** Bring what is written in a room to another one. */
export function moveDraft(from: Room, to: Room): void {
  const words = draftOf(from);
  if (words === "") return;
  addToDraft(to, words);
  drafts.put(keyOf(from.myUserId, from.roomId, null), "");
}

/** Words that were sent off and are not going to be: they stand before what was written since. Those of an edit wait for the next one. */
export function giveBack(user: string, roomId: string, threadId: string | null, words: string, edited?: string): void {
  if (edited !== undefined) return void drafts.edits.set(edited, words);
  const key = keyOf(user, roomId, threadId);
  const since = localStorage.getItem(key);
  drafts.put(key, since ? `${words}\n${since}` : words);
}

/** What is written in a room, to be looked at. */
export function useDraftText(room: Room): string {
  useVersion(drafts, CHANGED);
  return draftOf(room);
}

export function useDraft(room: Room, thread: Thread | null, edited: MatrixEvent | null): [string, (text: string) => void] {
  const key = keyOf(room.myUserId, room.roomId, thread?.id ?? null);
  const [text, setText] = useState(() => (edited ? (drafts.edits.get(edited.getId() ?? "") ?? bodyOf(edited)) : (localStorage.getItem(key) ?? "")));
  useEffect(() => {
    if (edited) return undefined;
    const look = (): void => setText(localStorage.getItem(key) ?? "");
    drafts.on(CHANGED[0] as string, look);
    return () => drafts.off(CHANGED[0] as string, look);
  }, [key, edited]);
  const change = (changed: string): void => {
    setText(changed);
    if (edited) return void drafts.edits.delete(edited.getId() ?? "");
    if (changed === "") localStorage.removeItem(key);
    else localStorage.setItem(key, changed);
  };
  return [text, change];
}
