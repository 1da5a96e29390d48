import { Alert, Button, NumberInput, Stack, TextInput } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { ActionFailed, useAction } from "../parts/action";
import { CopyText } from "../parts/CopyText";
import { openSubject } from "../route";

export type Token = { name: string; created_ts: number; created_by: string; expires_ts?: number | null; last_used_ts?: number | null; last_used_ip?: string | null };

/** A new token, whose secret is shown this once. */
export function NewToken({ onMade }: { onMade: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [days, setDays] = useState<number | null>(365);
  const [secret, setSecret] = useState<string | null>(null);
  const action = useAction("token_create");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    await action.run(async () => {
      const made = await call<Token & { token: string }>("POST", "/provisioning_tokens", { body: { name, valid_days: days } });
      setSecret(made.token);
      onMade();
    });
  };
  if (secret !== null) {
    return (
      <Stack>
        <Alert color="green" variant="light" icon={<IconKey />} title={t("console.tokens.made", { name })} role="status">{t("console.tokens.once")}</Alert>
        <CopyText label={t("console.tokens.secret")} text={secret} />
        <Button h={44} onClick={() => openSubject(null)}>{t("console.tokens.kept")}</Button>
      </Stack>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          data-autofocus size="md" required label={t("console.name")} description={t("console.tokens.nameHint")} pattern="[A-Za-z0-9][A-Za-z0-9._\-]*" maxLength={64} autoCapitalize="none" spellCheck={false}
          value={name} onChange={(event) => setName(event.currentTarget.value.trim())}
        />
        <NumberInput size="md" label={t("console.tokens.days")} description={t("console.tokens.daysHint")} min={1} max={36_500} allowDecimal={false} value={days ?? ""} onChange={(value) => setDays(value === "" ? null : Number(value))} />
        <ActionFailed error={action.error} />
        <Button type="submit" h={44} loading={action.isBusy} disabled={name === ""}>{t("console.tokens.create")}</Button>
      </Stack>
    </form>
  );
}
