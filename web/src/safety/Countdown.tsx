import { Alert, Button, Modal, Stack, Text } from "@mantine/core";
import { ClientEvent } from "matrix-js-sdk";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { goTo, useClient } from "../hooks";
import type { EventView, SafetyEvent } from "./types";
import { useAct } from "./useAct";

const TICK_MS = 200;
const LOOK_MS = 1000;

/** Some seconds in which nobody knows of it: one large button takes it back. Then the group opens. */
export function Countdown({ event, onClose }: { event: SafetyEvent; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAct("event_cancel");
  const left = useLeft(event);
  const { roomId, ended } = useOutcome(event, onClose);
  const [isTakenBack, setTakenBack] = useState(false);
  const cancel = (): void => void action.run(async () => {
    await call("POST", `/safety/events/${encodeURIComponent(event.event_id)}/cancel`, { body: {} });
    setTakenBack(true);
  });
  const isOver = isTakenBack || ended;
  return (
    <Modal opened fullScreen onClose={isOver || left <= 0 ? onClose : cancel} withCloseButton={false} title={t("safety.raise.title")} classNames={{ body: "countdown" }}>
      <Stack align="center" gap="lg" ta="center">
        <Text component="h2" fz={28} fw={700}>{t(isTakenBack ? "safety.countdown.takenBack" : ended ? "safety.countdown.ended" : left > 0 ? "safety.countdown.title" : "safety.countdown.opening")}</Text>
        {!isOver && left > 0 && <div className="countdown-left" role="timer" aria-label={t("safety.countdown.left", { count: left })}>{left}</div>}
        <Text maw={420} role="status">{t(isTakenBack ? "safety.countdown.takenBackText" : ended ? "safety.countdown.endedText" : left > 0 ? "safety.countdown.text" : "safety.countdown.openingText", { title: event.details.title })}</Text>
        {action.state === "failed" && <Alert role="alert" color="red" variant="light">{action.why}</Alert>}
        {isOver ? <Button size="xl" data-autofocus onClick={onClose}>{t("close")}</Button>
          : left > 0 ? <Button className="countdown-cancel" color="red.8" data-autofocus loading={action.state === "busy"} onClick={cancel}>{t("safety.countdown.cancel")}</Button>
            : <Button size="xl" loading={roomId === null} onClick={onClose}>{t("safety.countdown.go")}</Button>}
      </Stack>
    </Modal>
  );
}

/** Whole seconds that are left; counted here, whatever the clock of this device says. */
function useLeft(event: SafetyEvent): number {
  const started = useRef(performance.now());
  const all = event.state === "countdown" && event.due_ts !== null ? event.due_ts - event.created_ts : 0;
  const [left, setLeft] = useState(Math.ceil(all / 1000));
  useEffect(() => {
    const timer = setInterval(() => setLeft(Math.max(0, Math.ceil((all - (performance.now() - started.current)) / 1000))), TICK_MS);
    return () => clearInterval(timer);
  }, [all]);
  return left;
}

/** The group, as soon as it is there, which is gone to; or that there is none. */
function useOutcome(event: SafetyEvent, onClose: () => void): { roomId: string | null; ended: boolean } {
  const client = useClient();
  const [roomId, setRoomId] = useState<string | null>(null);
  const [ended, setEnded] = useState(false);
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    let eventId = event.event_id;
    const stop = new AbortController();
    const look = async (): Promise<void> => {
      const { event: now } = await call<EventView>("GET", `/safety/events/${encodeURIComponent(eventId)}`, { signal: stop.signal });
      if (now.state === "joined" && now.details.joined_to) eventId = now.details.joined_to;
      else if (now.state === "cancelled") setEnded(true);
      else if (now.room_id !== null) setRoomId(now.room_id);
    };
    // It is asked again anyway.
    const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [event]);
  useEffect(() => {
    if (roomId === null) return undefined;
    const go = (): void => {
      if (client.getRoom(roomId)?.getMyMembership() !== "join") return;
      goTo({ page: "room", roomId });
      close.current();
    };
    go();
    client.on(ClientEvent.Sync, go);
    return () => void client.off(ClientEvent.Sync, go);
  }, [client, roomId]);
  return { roomId, ended };
}
