import { Badge, Button, Text } from "@mantine/core";
import type { MatrixClient } from "matrix-js-sdk";
import { CryptoEvent } from "matrix-js-sdk/lib/crypto-api/CryptoEvent";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient, useVersion } from "../hooks";
import { useAction } from "../parts/useAction";
import { track } from "../track";
import { showVerification } from "./requests";
import { Card } from "./SecurityPage";

const DEVICE_EVENTS: readonly string[] = [CryptoEvent.DevicesUpdated, CryptoEvent.KeysChanged, CryptoEvent.UserTrustStatusChanged];

type Own = { deviceId: string; name: string; isVerified: boolean; isThis: boolean };

/** One's own devices that take part in encrypted rooms, and whether they are trusted. */
export function OwnDevices({ canVerify }: { canVerify: boolean }) {
  const { t } = useTranslation();
  const client = useClient();
  const version = useVersion(client, DEVICE_EVENTS);
  const [devices, setDevices] = useState<Own[]>([]);
  const action = useAction();
  useEffect(() => void ownDevices(client).then(setDevices, () => {}), [client, version]);
  const verify = (deviceId: string): void => {
    track("device_verify");
    void action.run(async () => showVerification(await client.getCrypto()!.requestDeviceVerification(client.getSafeUserId(), deviceId)));
  };
  return (
    <Card title={t("security.devices")}>
      <ul className="plain-list">
        {devices.map((device) => (
          <li key={device.deviceId} className="person">
            <span className="person-text"><span>{device.name}</span><small>{device.isThis ? t("settings.thisDevice") : device.deviceId}</small></span>
            {device.isVerified ? <Badge color="green.8" variant="light">{t("security.verified")}</Badge>
              : device.isThis || !canVerify ? <Badge color="gray" variant="light">{t("security.unverified")}</Badge>
              : <Button size="sm" variant="light" loading={action.state === "busy"} aria-label={`${t("security.verify")}: ${device.name}`} onClick={() => verify(device.deviceId)}>{t("security.verify")}</Button>}
          </li>
        ))}
      </ul>
      {action.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{t("sure.failed")}</Text>}
    </Card>
  );
}

async function ownDevices(client: MatrixClient): Promise<Own[]> {
  const crypto = client.getCrypto()!;
  const userId = client.getSafeUserId();
  const found = (await crypto.getUserDeviceInfo([userId], true)).get(userId);
  return Promise.all([...(found?.values() ?? [])].map(async (device) => ({
    deviceId: device.deviceId, name: device.displayName || device.deviceId, isThis: device.deviceId === client.getDeviceId(),
    isVerified: (await crypto.getDeviceVerificationStatus(userId, device.deviceId))?.crossSigningVerified ?? false,
  })));
}
