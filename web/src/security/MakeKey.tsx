import { Button, Checkbox, Code, CopyButton, Group, PasswordInput, Text } from "@mantine/core";
import { IconCheck, IconCopy, IconDownload } from "@tabler/icons-react";
import { type AuthDict, type MatrixClient, MatrixError } from "matrix-js-sdk";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { useAction } from "../parts/useAction";
import { track } from "../track";
import { recovery } from "./keys";
import { Card } from "./SecurityPage";

/** The first time: a recovery key, so that encrypted messages outlive this device. */
export function MakeKey({ onBegin, onDone }: { onBegin: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [password, setPassword] = useState("");
  const [key, setKey] = useState<string | null>(null);
  const action = useAction();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    track("recovery_make");
    onBegin();
    void action.run(async () => setKey(await make(client, password)));
  };
  if (key !== null) return <ShowKey recoveryKey={key} onDone={onDone} />;
  return (
    <Card title={t("security.make")}>
      <Text fz="sm">{t("security.makeText")}</Text>
      <form onSubmit={submit}>
        <PasswordInput
          label={t("settings.password")} autoComplete="current-password" required size="md" value={password} visibilityToggleButtonProps={{ "aria-label": t("signIn.show") }}
          error={action.state === "failed" ? (action.why === null ? t("security.makeFailed") : t("settings.wrongPassword")) : undefined} onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button mt="md" type="submit" loading={action.state === "busy"}>{t("security.makeGo")}</Button>
      </form>
    </Card>
  );
}

/** Shown once: whoever has it can read everything, and nobody can show it again. */
function ShowKey({ recoveryKey, onDone }: { recoveryKey: string; onDone: () => void }) {
  const { t } = useTranslation();
  const [isKept, setKept] = useState(false);
  const save = (): void => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${recoveryKey}\n`], { type: "text/plain" }));
    link.download = "recovery-key.txt";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <Card title={t("security.keep")}>
      <Text fz="sm">{t("security.keepText")}</Text>
      <Code block data-recovery-key style={{ whiteSpace: "pre-wrap", fontSize: 16 }}>{recoveryKey}</Code>
      <Group>
        <CopyButton value={recoveryKey}>
          {({ copied, copy }) => <Button variant="default" leftSection={copied ? <IconCheck size={18} /> : <IconCopy size={18} />} onClick={copy}>{t(copied ? "profile.copied" : "security.copy")}</Button>}
        </CopyButton>
        <Button variant="default" leftSection={<IconDownload size={18} />} onClick={save}>{t("security.save")}</Button>
      </Group>
      <Checkbox size="md" label={t("security.kept")} checked={isKept} onChange={(event) => setKept(event.currentTarget.checked)} />
      <Button disabled={!isKept} onClick={onDone}>{t("security.finish")}</Button>
    </Card>
  );
}

/** Cross-signing, secret storage and a key backup; the recovery key as people write it down. */
async function make(client: MatrixClient, password: string): Promise<string> {
  const crypto = client.getCrypto()!;
  const made = await crypto.createRecoveryKeyFromPassphrase();
  recovery.key = made.privateKey;
  try {
    await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: (upload) => withPassword(client, password, upload) });
    await crypto.bootstrapSecretStorage({ createSecretStorageKey: async () => made, setupNewSecretStorage: true, setupNewKeyBackup: true });
  } finally {
    recovery.key = null;
  }
  return made.encodedPrivateKey ?? "";
}

/** The server asks first who it is. spec: client-server §User-Interactive Authentication API */
async function withPassword<T>(client: MatrixClient, password: string, upload: (auth: AuthDict | null) => Promise<T>): Promise<T> {
  try {
    return await upload(null);
  } catch (failure) {
    const session: unknown = failure instanceof MatrixError && failure.httpStatus === 401 ? failure.data["session"] : undefined;
    if (typeof session !== "string") throw failure;
    return upload({ type: "m.login.password", identifier: { type: "m.id.user", user: client.getSafeUserId() }, password, session } as AuthDict);
  }
}
