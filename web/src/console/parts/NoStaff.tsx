import { Button, Center, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { signOutHere } from "../../session";
import { nameOfPerson } from "../names";
import type { Me } from "../me";

/** For customers, who have nothing to do here: the way to the chat. */
export function NoStaff({ me }: { me: Me }) {
  const { t } = useTranslation();
  return (
    <Center component="main" mih="100dvh" p="lg">
      <Paper withBorder p="xl" w={460} maw="100%">
        <Stack gap="lg">
          <Title order={1} fz="xl">{t("console.customer.title")}</Title>
          <Text>{t("console.customer.text", { name: nameOfPerson(me.person), host: me.server_name })}</Text>
          <Button component="a" href="/app" size="md">{t("console.customer.chat")}</Button>
          <Button variant="default" size="md" onClick={() => void signOutHere()}>{t("console.customer.other")}</Button>
        </Stack>
      </Paper>
    </Center>
  );
}
