import { Button, Group, Skeleton, Text } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import type { Room } from "matrix-js-sdk";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import "../panels.css";
import { goTo, useClient } from "../hooks";
import { usePerson } from "../people";
import { useAction } from "../parts/useAction";
import { track } from "../track";
import { goOn, stay, takeAlong } from "./goOn";
import { type Handover, successorOf } from "./useHandover";

type Props = {
  handover: Handover;
  /** The conversation that they have left; `null`: there is none with them. */
  room: Room | null;
  /** Whether what is written there is taken along. */
  isDraftTaken: boolean;
  /** Called after a no. */
  onLater?: () => void;
};

/** The conversation that they have left, as far as there is one: it ties what the client tells to what the server does. */
const where = (room: Room | null): { room_id?: string } => (room === null ? {} : { room_id: room.roomId });

/** Who has left, who takes care instead, and the choice: at the end of a conversation, or on a page of its own. */
export default function Card({ handover, room, isDraftTaken, onLater }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const action = useAction();
  const frame = useRef<HTMLElement>(null);
  const leaver = usePerson(handover.userId, room);
  // Where the server asked nothing, a no is told to nobody.
  const [isLater, setLater] = useState(false);
  const status = handover.status === "pending" && isLater ? "declined" : handover.status;
  const words = useWords({ ...handover, status }, leaver.name);
  useEffect(() => void track("handover_shown", { status, ...where(room) }), [status]);
  useKeepFocus(frame, status);
  const go = (): Promise<boolean> => action.run(async () => {
    const next = await goOn(client, handover, room);
    if (room !== null && isDraftTaken && next !== room) takeAlong(client, room, next);
    goTo({ page: "room", roomId: next.roomId });
  });
  const open = (roomId: string): void => {
    const next = client.getRoom(roomId);
    track("handover_open", { room_id: roomId });
    if (room !== null && next !== null && isDraftTaken) takeAlong(client, room, next);
    goTo({ page: "room", roomId });
  };
  const later = (): void => void action.run(() => stay(client, handover, room)).then((isDone) => {
    setLater(isDone);
    if (isDone) onLater?.();
  });
  const isBusy = action.state === "busy";
  return (
    <section ref={frame} className="handover-card" aria-label={words.title} aria-busy={handover.answer === "loading" || undefined} tabIndex={-1}>
      <IconArrowsExchange aria-hidden />
      <div>
        <h3>{words.title}</h3>
        {words.text}
        {action.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why ?? t("handover.goFailed")}</Text>}
        {handover.answer === "failed" && <Button variant="default" size="sm" mih={44} onClick={handover.again}>{t("failed.retry")}</Button>}
        {words.goOn && (
          <Group gap="sm">
            <Button mih={44} loading={isBusy} onClick={() => void go()}>{words.goOn}</Button>
            {words.later && <Button mih={44} variant="default" disabled={isBusy} onClick={later}>{words.later}</Button>}
          </Group>
        )}
        {words.open && handover.newRoomId && <Group><Button mih={44} onClick={() => open(handover.newRoomId ?? "")}>{words.open}</Button></Group>}
      </div>
    </section>
  );
}

type Words = { title: string; text: ReactNode; goOn?: string; later?: string; open?: string };

function useWords(handover: Handover, name: string): Words {
  const { t } = useTranslation();
  const known = usePerson(handover.successorId ?? handover.userId);
  const { answer, status, isTransfer, isOwn } = handover;
  const successor = successorOf(answer)?.display_name ?? (handover.successorId === null ? null : known.name);
  const server = handover.userId.slice(handover.userId.indexOf(":") + 1);
  const named = { name, server, successor: successor ?? t("handover.colleague") };
  const line = (key: string): ReactNode => <p>{t(`handover.${key}`, named)}</p>;
  const left = t(isTransfer ? "handover.moves" : "handover.left", named);
  if (status === "accepted" || status === "taken_over") {
    return { title: t("handover.continues", named), text: line(isTransfer ? "read" : "leftText"), ...(isOwn || handover.newRoomId ? { open: t("handover.open", named) } : {}) };
  }
  if (!isOwn) return { title: left, text: line(status === "declined" ? "othersNo" : status === "at_limit" ? "othersNobody" : "othersAsked") };
  if (answer === "failed") return { title: left, text: line("unknown") };
  const goOnWords = successor === null ? {} : { goOn: t("handover.goOn", named) };
  if (status === "declined") return { title: t(isTransfer ? "handover.stays" : "handover.unreceived", named), text: successor === null ? line("nobody") : line("changedMind"), ...goOnWords };
  if (answer === "loading" && successor === null) return { title: left, text: <Skeleton h={20} w="70%" /> };
  if (successor === null) return { title: left, text: line("nobody") };
  return { title: left, text: line(isTransfer ? "movesText" : "takesCare"), ...goOnWords, later: t(isTransfer ? "handover.stay" : "handover.notNow", named) };
}

/** The button that was pressed goes: who works with the keyboard stays at the card. */
function useKeepFocus(frame: { current: HTMLElement | null }, status: string): void {
  const before = useRef(status);
  useEffect(() => {
    if (before.current === status) return;
    before.current = status;
    if (document.activeElement === document.body) (frame.current?.querySelector("button") ?? frame.current)?.focus();
  }, [frame, status]);
}
