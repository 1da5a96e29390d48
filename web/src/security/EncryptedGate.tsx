import { Alert, Button } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { Room } from "matrix-js-sdk";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { usesKeys, wantKeys } from "./keys";

/** Asks for the cryptography when an encrypted room is opened without it, and says where it could not be had. */
export function EncryptedGate({ room }: { room: Room }) {
  const { t } = useTranslation();
  const client = useClient();
  const isMissing = room.hasEncryptionStateEvent() && client.getCrypto() === undefined;
  const hasFailed = isMissing && usesKeys({ userId: client.getSafeUserId(), deviceId: client.getDeviceId() ?? "" });
  useEffect(() => {
    if (isMissing && !hasFailed) wantKeys();
  }, [isMissing, hasFailed]);
  if (!hasFailed) return null;
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconLock />} m="md" title={t("security.noCrypto")}>
      {t("security.noCryptoText")}
      <Button display="block" mt="sm" size="xs" variant="default" onClick={() => window.location.reload()}>{t("failed.retry")}</Button>
    </Alert>
  );
}
