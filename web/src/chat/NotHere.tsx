import { Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { KnownMembership, type RoomSummary } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { goTo, useClient } from "../hooks";
import { Face } from "../parts/Face";
import { Empty } from "../parts/States";
import { track } from "../track";

/** A room that one is not in: what it is, and the way in where there is one. */
export default function NotHere({ idOrAlias, eventId }: { idOrAlias: string; eventId: string | undefined }) {
  const { t } = useTranslation();
  const client = useClient();
  const [summary, setSummary] = useState<RoomSummary | "none" | null>(null);
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  useEffect(() => {
    client.getRoomSummary(idOrAlias).then(setSummary, () => setSummary("none"));
  }, [client, idOrAlias]);
  const enter = async (): Promise<void> => {
    setState("busy");
    track("room_join");
    try {
      const room = await client.joinRoom(idOrAlias);
      goTo({ page: "room", roomId: room.roomId, ...(eventId ? { eventId } : {}) }, true);
    } catch {
      setState("failed");
    }
  };
  if (summary === null) return <Stack p="xl" align="center" aria-busy="true"><Skeleton circle h={72} w={72} /><Skeleton h={20} w={200} /></Stack>;
  if (summary === "none") return <Empty title={t("room.goneTitle")} text={t("room.goneText")} action={t("room.back")} onAction={() => goTo({ page: "home" })} />;
  if (summary.membership === KnownMembership.Join) return <Entered roomId={summary.room_id} eventId={eventId} />;
  const name = summary.name ?? idOrAlias;
  const mayEnter = summary.join_rule === "public" || summary.membership === KnownMembership.Invite;
  return (
    <Stack m="auto" p="xl" gap="md" align="center" ta="center" maw={420}>
      <Face name={name} mxc={summary.avatar_url} size={72} />
      <Title order={1} fz="lg">{name}</Title>
      {summary.topic && <Text fz="sm">{summary.topic}</Text>}
      <Text c="dimmed" fz="sm">{t("room.members", { count: summary.num_joined_members })}</Text>
      {!mayEnter && <Text fz="sm">{t("room.closedText")}</Text>}
      {state === "failed" && <Text role="alert" fz="sm" c="red.8">{t("room.joinFailed")}</Text>}
      {mayEnter ? <Button size="md" loading={state === "busy"} onClick={() => void enter()}>{t("room.join")}</Button>
        : <Button size="md" variant="default" onClick={() => goTo({ page: "home" })}>{t("room.back")}</Button>}
    </Stack>
  );
}

/** An alias of a room one is in leads there. */
function Entered({ roomId, eventId }: { roomId: string; eventId: string | undefined }) {
  const client = useClient();
  useEffect(() => {
    if (client.getRoom(roomId)) goTo({ page: "room", roomId, ...(eventId ? { eventId } : {}) }, true);
  }, [client, roomId, eventId]);
  return null;
}
