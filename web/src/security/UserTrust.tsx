import { Badge, Button, Group, Text } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { CryptoEvent } from "matrix-js-sdk/lib/crypto-api/CryptoEvent";
import type { UserVerificationStatus } from "matrix-js-sdk/lib/crypto-api";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient, useVersion } from "../hooks";
import { openChat } from "../people";
import { useAction } from "../parts/useAction";
import { track } from "../track";
import { showVerification } from "./requests";

const TRUST_EVENTS: readonly string[] = [CryptoEvent.UserTrustStatusChanged, CryptoEvent.KeysChanged];

/** Whether somebody is who they seem to be in encrypted rooms, and the way to find out. */
export default function UserTrust({ userId, onStarted }: { userId: string; onStarted: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const version = useVersion(client, TRUST_EVENTS);
  const action = useAction();
  const [trust, setTrust] = useState<{ status: UserVerificationStatus; canAsk: boolean } | null>(null);
  useEffect(() => {
    const crypto = client.getCrypto();
    if (!crypto) return;
    (async () => {
      const hasKeys = await crypto.userHasCrossSigningKeys(userId, true);
      setTrust({ status: await crypto.getUserVerificationStatus(userId), canAsk: hasKeys && (await crypto.isCrossSigningReady()) });
    })().catch(() => {});
  }, [client, userId, version]);
  const verify = async (): Promise<void> => {
    track("user_verify");
    const isAsked = await action.run(async () => showVerification(await client.getCrypto()!.requestVerificationDM(userId, await openChat(client, userId))));
    if (isAsked) onStarted();
  };
  if (trust === null) return null;
  if (trust.status.isVerified()) return <Group gap="xs"><Badge color="green.8" variant="light" leftSection={<IconShieldCheck size={14} />}>{t("security.verified")}</Badge></Group>;
  return (
    <>
      <Text fz="xs" c="dimmed">{t(trust.canAsk ? "security.userUnverified" : "security.userCannot")}</Text>
      {trust.canAsk && <Button variant="default" leftSection={<IconShieldCheck size={18} />} loading={action.state === "busy"} onClick={() => void verify()}>{t("security.verifyUser")}</Button>}
      {action.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why ?? t("sure.failed")}</Text>}
    </>
  );
}
