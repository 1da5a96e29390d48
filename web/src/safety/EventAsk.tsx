import { Button, Group, Text } from "@mantine/core";
import type { Room } from "matrix-js-sdk";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { goTo } from "../hooks";
import { distanceTo, rough } from "./geo";
import { KindIcon } from "./KindIcon";
import "./safety.css";
import { askOf } from "./state";
import type { EventView, Position } from "./types";
import { useAct } from "./useAct";
import { useAsked } from "./useAsked";

/** The question whether one comes into the group of an event: what, why, how far in rough words. */
export default function EventAsk({ room }: { room: Room }) {
  const { t } = useTranslation();
  const ask = askOf(room);
  const action = useAct("event_answer");
  const path = `/safety/events/${encodeURIComponent(ask?.event_id ?? "")}`;
  const { value } = useAsked<EventView>(path);
  const { value: where } = useAsked<{ position: Position | null }>("/safety/location");
  if (ask === null) return null;
  const far = value && where?.position ? rough(distanceTo(value.event.details.area, where.position)) : null;
  const answer = (join: boolean): void => void action.run(async () => {
    await call("POST", `${path}/answer`, { body: { join } });
    if (!join) return;
    const { event } = await call<EventView>("GET", path);
    if (event.room_id !== null) goTo({ page: "room", roomId: event.room_id });
  });
  return (
    <section className="invitation event-ask" aria-label={t("safety.ask.title", { title: ask.title })}>
      <div className="event-ask-head">
        <KindIcon kind={ask.kind} />
        <span className="room-text"><span className="room-name">{ask.title}</span><span className="event-ask-kind">{t(`safety.kind.${ask.kind}`)}{far && ` · ${t(`safety.rough.${far}`)}`}</span></span>
      </div>
      <Text fz="sm">{t([`safety.reason.${ask.reason}`, "safety.reason.near"])}</Text>
      <Text fz="xs" c="dimmed">{t("safety.ask.text")}</Text>
      {action.state === "failed" && <Text role="alert" fz="xs" c="var(--rk-danger)">{action.why}</Text>}
      <Group gap="xs" wrap="nowrap">
        <Button mih={44} flex={1} loading={action.state === "busy"} onClick={() => answer(true)}>{t("safety.ask.come")}</Button>
        <Button mih={44} flex={1} variant="default" disabled={action.state === "busy"} onClick={() => answer(false)}>{t("safety.ask.notNow")}</Button>
      </Group>
    </section>
  );
}
