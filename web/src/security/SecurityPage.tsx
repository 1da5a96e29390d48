import { ActionIcon, Button, Group, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconArrowLeft, IconCircleCheck, IconKey, IconLock } from "@tabler/icons-react";
import type { MatrixClient } from "matrix-js-sdk";
import { CryptoEvent } from "matrix-js-sdk/lib/crypto-api/CryptoEvent";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import "../panels.css";
import { goTo, useClient, useVersion } from "../hooks";
import { Failed } from "../parts/States";
import { EnterKey } from "./EnterKey";
import { wantKeys } from "./keys";
import { MakeKey } from "./MakeKey";
import { OwnDevices } from "./OwnDevices";

const KEY_EVENTS: readonly string[] = [CryptoEvent.KeysChanged, CryptoEvent.KeyBackupStatus, CryptoEvent.UserTrustStatusChanged, CryptoEvent.DevicesUpdated];

export type Standing = { isSetUp: boolean; isReady: boolean; backup: string | null };

/** How the account and this device stand: `isSetUp`: there is a recovery key; `isReady`: this device is one of the trusted. */
async function standingOf(client: MatrixClient): Promise<Standing> {
  const crypto = client.getCrypto()!;
  const isSetUp = (await client.secretStorage.getDefaultKeyId()) !== null && (await crypto.userHasCrossSigningKeys(undefined, true));
  const isReady = await crypto.isCrossSigningReady();
  return { isSetUp, isReady, backup: await crypto.getActiveSessionBackupVersion() };
}

/** Keys of encrypted rooms: made safe, brought to this device, and whose devices are trusted. */
export default function SecurityPage() {
  const { t } = useTranslation();
  const client = useClient();
  return (
    <>
      <header className="head">
        <ActionIcon className="only-narrow" size={44} variant="subtle" color="gray" aria-label={t("room.back")} onClick={() => goTo({ page: "home" })}><IconArrowLeft size={20} /></ActionIcon>
        <div className="head-text"><h1>{t("security.title")}</h1></div>
      </header>
      <div className="page">{client.getCrypto() ? <Full /> : <TurnOn />}</div>
    </>
  );
}

function TurnOn() {
  const { t } = useTranslation();
  return (
    <Card icon={<IconLock />} title={t("security.off")}>
      <Text fz="sm">{t("security.offText")}</Text>
      <Button onClick={wantKeys}>{t("security.turnOn")}</Button>
    </Card>
  );
}

function Full() {
  const { t } = useTranslation();
  const client = useClient();
  const version = useVersion(client, KEY_EVENTS);
  const [standing, setStanding] = useState<Standing | "failed" | null>(null);
  const load = useCallback(() => {
    standingOf(client).then(setStanding, () => setStanding("failed"));
  }, [client]);
  useEffect(load, [load, version]);
  // The account is set up before the key was kept: it stays on the screen until then.
  const [isMaking, setMaking] = useState(false);
  const made = (): void => { setMaking(false); load(); };
  if (standing === null) return <Skeleton h={160} />;
  if (standing === "failed") return <Failed text={t("security.failed")} onRetry={load} />;
  return (
    <Stack gap="xl">
      {(isMaking || !standing.isSetUp) && <MakeKey onBegin={() => setMaking(true)} onDone={made} />}
      {!isMaking && standing.isSetUp && !standing.isReady && <EnterKey onDone={load} />}
      {!isMaking && standing.isSetUp && standing.isReady && (
        <Card icon={<IconCircleCheck />} title={t("security.ready")}>
          <Text fz="sm">{t("security.readyText")}</Text>
          <Text fz="sm" c="dimmed">{t(standing.backup ? "security.backupOn" : "security.backupOff")}</Text>
        </Card>
      )}
      <OwnDevices canVerify={standing.isSetUp} />
    </Stack>
  );
}

export function Card({ icon = <IconKey />, title, children }: { icon?: ReactNode; title: string; children: ReactNode }) {
  return (
    <Paper component="section" withBorder p="lg">
      <Stack gap="md"><Group gap="sm" wrap="nowrap">{icon}<Title order={2} fz="lg">{title}</Title></Group>{children}</Stack>
    </Paper>
  );
}
