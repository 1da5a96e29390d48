import { Button, Divider, Stack, Text } from "@mantine/core";
import { IconLock, IconLockOpen2, IconLogout, IconUsers } from "@tabler/icons-react";
import { EventType, Method, type MatrixClient, type Room } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { earlierOf, isCustomerOf } from "../handover/succession";
import { goTo, hrefOf, useClient } from "../hooks";
import { Sure } from "../parts/Sure";
import { useAction } from "../parts/useAction";
import { nameOf, sessionOf } from "../rooms";
import { track } from "../track";
import { CustomerCard } from "./CustomerCard";
import { Identity } from "./Identity";
import { Notifications } from "./Notifications";
import { maySet } from "./rights";
import { TagChoices } from "./TagChoices";

/** What the room is: its name, whether it is encrypted, how it tells of itself, and the way out. */
export function Overview({ room, onPeople }: { room: Room; onPeople: () => void }) {
  const { t } = useTranslation();
  const session = sessionOf(room);
  return (
    <div className="panel-body">
      <Stack gap="lg">
        <Identity room={room} />
        <SessionState room={room} />
        {session?.staff === room.myUserId && <CustomerCard room={room} customerId={session.customer} />}
        <Button variant="default" leftSection={<IconUsers size={18} />} onClick={onPeople}>{t("room.members", { count: room.getJoinedMemberCount() })}</Button>
        <Divider />
        <Notifications room={room} />
        <TagChoices room={room} />
        <Divider />
        <Encryption room={room} />
        <Divider />
        <Leave room={room} />
      </Stack>
    </div>
  );
}

/** How it stands with a session, and which department it belongs to. */
function SessionState({ room }: { room: Room }) {
  const { t } = useTranslation();
  const client = useClient();
  const session = sessionOf(room);
  const department = useDepartment(client, session?.department);
  if (session === null) return null;
  return (
    <dl className="facts">
      <dt>{t("info.session")}</dt><dd>{t(`info.state.${session.state}`)}</dd>
      {isCustomerOf(room) && earlierOf(client, room).map((earlier) => <dd key={earlier.roomId} style={{ gridColumn: "1 / -1" }}><a href={hrefOf({ page: "room", roomId: earlier.roomId })}>{t("handover.earlier")}</a></dd>)}
      {department && <><dt>{t("info.department")}</dt><dd>{department}</dd></>}
    </dl>
  );
}

/** The name of a department, for who may know it. */
function useDepartment(client: MatrixClient, id: string | undefined): string | null {
  const [name, setName] = useState<string | null>(null);
  useEffect(() => {
    if (id === undefined) return setName(null);
    const path = `/departments/${encodeURIComponent(id)}`;
    client.http.authedRequest<{ name: string }>(Method.Get, path, undefined, undefined, { prefix: "/_roomkeeper/v1" }).then((found) => setName(found.name), () => setName(null));
  }, [client, id]);
  return name;
}

function Encryption({ room }: { room: Room }) {
  const { t } = useTranslation();
  const client = useClient();
  const action = useAction();
  const [isAsking, setAsking] = useState(false);
  const isEncrypted = room.hasEncryptionStateEvent();
  const encrypt = async (): Promise<void> => {
    track("room_encrypt", { room_id: room.roomId });
    if (await action.run(() => client.sendStateEvent(room.roomId, EventType.RoomEncryption, { algorithm: "m.megolm.v1.aes-sha2" }))) setAsking(false);
  };
  const mayEncrypt = !isEncrypted && sessionOf(room) === null && maySet(room, EventType.RoomEncryption);
  const Icon = isEncrypted ? IconLock : IconLockOpen2;
  return (
    <section>
      <div className="fact-line"><Icon size={20} aria-hidden /><b>{t(isEncrypted ? "info.encrypted" : "info.plain")}</b></div>
      <Text fz="sm" c="dimmed" mt={4}>{t(isEncrypted ? "info.encryptedText" : sessionOf(room) ? "info.sessionPlainText" : "info.plainText")}</Text>
      {isEncrypted && <Button mt="sm" size="sm" variant="default" component="a" href={hrefOf({ page: "security" })}>{t("security.title")}</Button>}
      {mayEncrypt && <Button mt="sm" size="sm" variant="default" onClick={() => { action.reset(); setAsking(true); }}>{t("info.encrypt")}</Button>}
      <Sure opened={isAsking} title={t("info.encryptTitle")} text={t("info.encryptText")} yes={t("info.encrypt")} action={action} onYes={() => void encrypt()} onClose={() => setAsking(false)} />
    </section>
  );
}

function Leave({ room }: { room: Room }) {
  const { t } = useTranslation();
  const client = useClient();
  const action = useAction();
  const [isAsking, setAsking] = useState(false);
  const leave = async (): Promise<void> => {
    track("room_leave", { room_id: room.roomId });
    if (await action.run(() => client.leave(room.roomId))) goTo({ page: "home" });
  };
  return (
    <>
      <Button variant="subtle" color="red.8" className="danger" leftSection={<IconLogout size={18} />} onClick={() => { action.reset(); setAsking(true); }}>{t("info.leave")}</Button>
      <Sure
        opened={isAsking} title={t("info.leaveTitle", { name: nameOf(room) })} text={t(sessionOf(room) ? "info.leaveSession" : "info.leaveText")} yes={t("info.leave")} action={action}
        onYes={() => void leave()} onClose={() => setAsking(false)}
      />
    </>
  );
}
