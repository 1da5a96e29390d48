import { Button, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { type IMyDevice, type MatrixClient, MatrixError } from "matrix-js-sdk";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { track } from "../track";

/** Sign another device out, which takes one's password. */
export function EndDevice({ device, onClose, onDone }: { device: IMyDevice | null; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={device !== null} onClose={onClose} title={t("settings.endTitle")} closeButtonProps={{ "aria-label": t("close") }}>
      {device !== null && <EndForm device={device} onDone={onDone} />}
    </Modal>
  );
}

function EndForm({ device, onDone }: { device: IMyDevice; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await end(client, device.device_id, password);
      track("device_end");
      onDone();
    } catch (failure) {
      setError(t(failure instanceof MatrixError && failure.httpStatus === 401 ? "settings.wrongPassword" : "settings.endFailed"));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text fz="sm">{t("settings.endText", { name: device.display_name || device.device_id })}</Text>
        <PasswordInput
          data-autofocus label={t("settings.password")} autoComplete="current-password" required size="md" value={password} error={error}
          visibilityToggleButtonProps={{ "aria-label": t("signIn.show") }} onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" color="red.8" loading={isBusy}>{t("settings.end")}</Button>
      </Stack>
    </form>
  );
}

/** The server asks first who it is that wants this. spec: client-server §User-Interactive Authentication API */
async function end(client: MatrixClient, deviceId: string, password: string): Promise<void> {
  const session = await client.deleteMultipleDevices([deviceId]).then(
    () => null,
    (failure: unknown) => {
      const asked: unknown = failure instanceof MatrixError && failure.httpStatus === 401 ? failure.data["session"] : undefined;
      if (typeof asked !== "string") throw failure;
      return asked;
    },
  );
  if (session === null) return;
  const identifier = { type: "m.id.user", user: client.getSafeUserId() };
  await client.deleteMultipleDevices([deviceId], { type: "m.login.password", identifier, password, session } as never);
}
