/** Who has left a conversation, who takes care instead, and what that means for whoever looks at it. */
import type { Room } from "matrix-js-sdk";
import { useCallback, useEffect, useState } from "react";
import { useClient, useVersion } from "../hooks";
import { CHANGED } from "../parts/changing";
import { sessionOf } from "../rooms";
import { refusalsOf } from "./refused";
import { ask, isCustomerOf, replacementOf, type Named, type Status, type Succession, toldIn } from "./succession";

export type Handover = {
  /** Who has left, or hands their customers on. */
  userId: string;
  isTransfer: boolean;
  /** `pending`: nobody was asked (yet), and one can go on with the successor all the same. */
  status: Status;
  /** Whether the choice is that of whoever looks at it. */
  isOwn: boolean;
  /** What the server answered, as far as it has; it is asked by customers alone. */
  answer: Succession | "loading" | "failed";
  successorId: string | null;
  newRoomId: string | null;
  /** Whether nothing can be written there. */
  isOff: boolean;
  again: () => void;
};

/** Somebody's succession, asked anew whenever `key` is another one; `null` asks nothing. */
export function useSuccession(userId: string | null, key: string): { answer: Succession | "loading" | "failed"; again: () => void } {
  const client = useClient();
  const [found, setFound] = useState<{ userId: string; answer: Succession | "failed" } | null>(null);
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    if (userId === null) return undefined;
    let isOver = false;
    ask(client, userId).then((answer) => !isOver && setFound({ userId, answer }), () => !isOver && setFound({ userId, answer: "failed" }));
    return () => {
      isOver = true;
    };
  }, [client, userId, key, round]);
  useEffect(() => {
    // Nothing in a room tells that somebody is back who was not offered to be replaced there.
    const look = (): void => { if (document.visibilityState === "visible") again(); };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [again]);
  return { answer: found?.userId === userId ? found.answer : "loading", again };
}

/** How it stands with a room; `null`: nobody has left it. */
export function useHandover(room: Room): Handover | null {
  const client = useClient();
  const refusals = refusalsOf(client);
  useVersion(refusals, CHANGED);
  const told = toldIn(room);
  const refused = refusals.in(room.roomId);
  const session = sessionOf(room);
  const isOwn = session === null || isCustomerOf(room);
  const staff = session !== null && isOwn && session.state !== "offered" ? (session.staff ?? null) : null;
  const userId = told?.userId ?? refused?.userId ?? staff;
  const key = JSON.stringify([told, session?.state, session?.staff, refused?.count]);
  const { answer, again } = useSuccession(isOwn ? userId : null, key);
  const isBack = told === null && typeof answer === "object" && answer.state === "active";
  useEffect(() => {
    if (isBack && refused !== undefined) refusals.forget(room.roomId);
  }, [isBack, key]);
  if (userId === null || isBack || (told === null && refused === undefined && typeof answer !== "object")) return null;
  return { userId, isOwn, answer, again, ...standing(room, told, answer) };
}

type Standing = Pick<Handover, "isTransfer" | "status" | "successorId" | "newRoomId" | "isOff">;

function standing(room: Room, told: ReturnType<typeof toldIn>, answer: Handover["answer"]): Standing {
  const offer = typeof answer === "object" ? answer.offer : null;
  const isTransfer = told?.isTransfer ?? false;
  const isElsewhere = replacementOf(room) !== null;
  return {
    isTransfer,
    status: told?.status ?? statusOf(offer?.status),
    successorId: told?.successorId ?? successorOf(answer)?.user_id ?? null,
    newRoomId: told?.newRoomId ?? offer?.new_room_id ?? null,
    isOff: !isTransfer || isElsewhere,
  };
}

function statusOf(offered: Status | undefined): Status {
  const isKnown = offered === "waiting" || offered === "declined" || offered === "at_limit" || offered === "accepted" || offered === "taken_over";
  return isKnown ? offered : "pending";
}

export function successorOf(answer: Handover["answer"]): Named | null {
  return typeof answer === "object" ? (answer.successor ?? null) : null;
}
