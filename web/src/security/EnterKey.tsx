import { Button, Divider, PasswordInput, Text } from "@mantine/core";
import type { MatrixClient } from "matrix-js-sdk";
import { decodeRecoveryKey } from "matrix-js-sdk/lib/crypto-api/recovery-key";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { useAction } from "../parts/useAction";
import { track } from "../track";
import { recovery } from "./keys";
import { Card } from "./SecurityPage";
import { showVerification } from "./requests";

/** A device that is new: with the recovery key, or the help of another device, it can read what was said before. */
export function EnterKey({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [text, setText] = useState("");
  const action = useAction();
  const other = useAction();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    track("recovery_enter");
    if (await action.run(() => restore(client, text))) onDone();
  };
  const ask = (): void => void other.run(async () => showVerification(await client.getCrypto()!.requestOwnUserVerification()));
  return (
    <Card title={t("security.enter")}>
      <Text fz="sm">{t("security.enterText")}</Text>
      <form onSubmit={submit}>
        <PasswordInput
          label={t("security.key")} required size="md" autoComplete="off" value={text} visibilityToggleButtonProps={{ "aria-label": t("security.showKey") }}
          error={action.state === "failed" ? t("security.wrongKey") : undefined} onChange={(event) => { setText(event.currentTarget.value); action.reset(); }}
        />
        <Button mt="md" type="submit" loading={action.state === "busy"} disabled={text.trim() === ""}>{t("security.enterGo")}</Button>
      </form>
      <Divider label={t("security.or")} />
      <Button variant="default" loading={other.state === "busy"} onClick={ask}>{t("security.askDevice")}</Button>
      {other.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{t("sure.failed")}</Text>}
    </Card>
  );
}

/** Trust this device, and bring the keys of all messages to it. Rejects where the key is not the right one. */
async function restore(client: MatrixClient, text: string): Promise<void> {
  const crypto = client.getCrypto()!;
  const key = decodeRecoveryKey(text.trim());
  const [, info] = (await client.secretStorage.getKey()) ?? [];
  if (info === undefined || !(await client.secretStorage.checkKey(key, info))) throw new Error("not the key of this account");
  recovery.key = key;
  try {
    await crypto.userHasCrossSigningKeys(undefined, true);
    await crypto.bootstrapCrossSigning({});
    if ((await crypto.getKeyBackupInfo()) !== null) {
      await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
      await crypto.checkKeyBackupAndEnable();
      await crypto.restoreKeyBackup();
    }
  } finally {
    recovery.key = null;
  }
}
