import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, Unreachable } from "./api";
import { LanguageChoice } from "./parts/LanguageChoice";
import { type Credentials, signIn } from "./session";

/** `again` is who must sign in again: their rooms are kept on this device. */
export function SignIn({ again, onDone }: { again: string | null; onDone: (credentials: Credentials) => void }) {
  const { t } = useTranslation();
  const [user, setUser] = useState(again ?? "");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      onDone(await signIn(user.trim(), password));
    } catch (failure) {
      setError(t(wordsFor(failure)));
      setBusy(false);
    }
  };

  return (
    <Center component="main" mih="100dvh" p="lg">
      <Paper component="form" onSubmit={submit} withBorder p="xl" w={380} maw="100%" aria-labelledby="sign-in-title">
        <Stack gap="lg">
          <div>
            <Title order={1} fz="xl" id="sign-in-title">{t("signIn.title")}</Title>
            <Text c="dimmed" fz="sm">{again === null ? t("signIn.intro", { host: window.location.host }) : t("signIn.again")}</Text>
          </div>
          {error !== null && <Alert role="alert" color="red" variant="light" icon={<IconAlertCircle />}>{error}</Alert>}
          <TextInput
            label={t("signIn.user")} name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} required size="md"
            autoFocus={again === null} value={user} onChange={(event) => setUser(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("signIn.password")} name="password" autoComplete="current-password" required size="md" autoFocus={again !== null}
            visibilityToggleButtonProps={{ "aria-label": t("signIn.show"), "aria-hidden": undefined, tabIndex: 0 }}
            value={password} onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" size="md" loading={isBusy}>{t("signIn.submit")}</Button>
          <LanguageChoice />
        </Stack>
      </Paper>
    </Center>
  );
}

function wordsFor(failure: unknown): string {
  if (failure instanceof Unreachable) return "signIn.unreachable";
  if (failure instanceof ApiError) {
    if (failure.errcode === "M_FORBIDDEN") return "signIn.wrong";
    if (failure.errcode === "M_LIMIT_EXCEEDED") return "signIn.tooOften";
    if (failure.errcode === "M_USER_DEACTIVATED" || failure.errcode === "M_USER_LOCKED") return "signIn.locked";
  }
  return "signIn.failed";
}
