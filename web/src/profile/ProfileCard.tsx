import { Badge, Button, CopyButton, Group, Stack, Text, Title } from "@mantine/core";
import { IconCheck, IconCopy, IconFlag, IconMessageCircle, IconUserOff, IconUserCheck } from "@tabler/icons-react";
import { ClientEvent } from "matrix-js-sdk";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import "../panels.css";
import { useHasLeft } from "../handover/useHasLeft";
import { goTo, useClient, useVersion } from "../hooks";
import { chatWith, goToRoom, openChat, usePerson } from "../people";
import { Face } from "../parts/Face";
import { usePresence, WithPresence } from "../parts/Presence";
import { useAction } from "../parts/useAction";
import { exact, short } from "../times";
import { track } from "../track";
import { SharedRooms } from "./SharedRooms";

const ReportUser = lazy(() => import("./Report"));
const UserTrust = lazy(() => import("../security/UserTrust"));
const ACCOUNT_EVENTS: readonly string[] = [ClientEvent.AccountData];

type Props = { userId: string; roomId: string | undefined; onClose: () => void };

/** Who somebody is, and what one can do about them. */
export default function ProfileCard({ userId, roomId, onClose }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  useVersion(client, ACCOUNT_EVENTS);
  const person = usePerson(userId, roomId ? client.getRoom(roomId) : null);
  const [isReporting, setReporting] = useState(false);
  const action = useAction();
  const isMe = userId === client.getUserId();
  const hasLeft = useHasLeft(isMe ? null : userId);
  const isIgnored = client.isUserIgnored(userId);
  const write = async (): Promise<void> => {
    const isOpen = await action.run(() => goToRoom(() => openChat(client, userId)));
    if (isOpen) onClose();
  };
  const ignore = (): void => {
    track(isIgnored ? "user_unignore" : "user_ignore");
    const others = client.getIgnoredUsers().filter((one) => one !== userId);
    void action.run(() => client.setIgnoredUsers(isIgnored ? others : [...others, userId]));
  };
  if (isReporting) return <Suspense><ReportUser userId={userId} name={person.name} onDone={() => setReporting(false)} /></Suspense>;
  return (
    <Stack gap="md">
      <Group wrap="nowrap" gap="lg">
        <WithPresence userId={userId}><Face name={person.name} mxc={person.mxc} size={72} /></WithPresence>
        <div style={{ minWidth: 0 }}>
          <Title order={2} fz="lg" style={{ overflowWrap: "anywhere" }}>{person.name}</Title>
          <Seen userId={userId} />
          {hasLeft && <Badge color="gray" variant="light">{t("handover.gone")}</Badge>}
          {isIgnored && <Badge color="gray" variant="light">{t("profile.ignored")}</Badge>}
        </div>
      </Group>
      <CopyButton value={userId}>
        {({ copied, copy }) => (
          <Button variant="default" fullWidth justify="space-between" onClick={copy} rightSection={copied ? <IconCheck size={18} /> : <IconCopy size={18} />} aria-label={t("profile.copy", { id: userId })}>
            {copied ? t("profile.copied") : userId}
          </Button>
        )}
      </CopyButton>
      {action.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why ?? t("sure.failed")}</Text>}
      {!isMe && (
        <>
          {hasLeft && !chatWith(client, userId) && <Button size="md" onClick={() => { goTo({ page: "left", userId }); onClose(); }}>{t("handover.who")}</Button>}
          {(!hasLeft || chatWith(client, userId)) && <Button size="md" leftSection={<IconMessageCircle size={20} />} loading={action.state === "busy"} onClick={() => void write()}>
            {t(chatWith(client, userId) ? "profile.open" : "profile.write")}
          </Button>}
          {client.getCrypto() && <Suspense><UserTrust userId={userId} onStarted={onClose} /></Suspense>}
          <SharedRooms userId={userId} onOpen={onClose} />
          <Group grow>
            <Button variant="default" leftSection={isIgnored ? <IconUserCheck size={18} /> : <IconUserOff size={18} />} onClick={ignore}>{t(isIgnored ? "profile.unignore" : "profile.ignore")}</Button>
            <Button variant="default" leftSection={<IconFlag size={18} />} onClick={() => setReporting(true)}>{t("profile.report")}</Button>
          </Group>
          {isIgnored && <Text fz="xs" c="dimmed">{t("profile.ignoredText")}</Text>}
        </>
      )}
    </Stack>
  );
}

function Seen({ userId }: { userId: string }) {
  const { t } = useTranslation();
  const state = usePresence(userId);
  const user = useClient().getUser(userId);
  if (state !== "offline") return <Text fz="sm" c="dimmed">{t(`presence.${state}`)}</Text>;
  const since = user?.lastPresenceTs && user.lastActiveAgo ? user.lastPresenceTs - user.lastActiveAgo : 0;
  return since > 0 ? <Text fz="sm" c="dimmed" title={exact(since)}>{t("profile.seen", { time: short(since) })}</Text> : null;
}
