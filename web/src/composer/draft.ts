/** What is written and not sent yet is kept on the device, for each room and thread. */
import type { MatrixEvent, Room, Thread } from "matrix-js-sdk";
import { useState } from "react";
import { bodyOf } from "../timeline/words";

function keyOf(room: Room, thread: Thread | null): string {
  return `roomkeeper.draft.${room.myUserId}.${room.roomId}${thread ? `.${thread.id}` : ""}`;
}

/** Put words behind what is written in a room already. */
export function addToDraft(room: Room, words: string): void {
  const key = keyOf(room, null);
  const before = localStorage.getItem(key);
  localStorage.setItem(key, before ? `${before}\n${words}` : words);
}

export function useDraft(room: Room, thread: Thread | null, edited: MatrixEvent | null): [string, (text: string) => void] {
  const key = keyOf(room, thread);
  const [text, setText] = useState(() => (edited ? bodyOf(edited) : (localStorage.getItem(key) ?? "")));
  const change = (changed: string): void => {
    setText(changed);
    if (edited) return;
    if (changed === "") localStorage.removeItem(key);
    else localStorage.setItem(key, changed);
  };
  return [text, change];
}
