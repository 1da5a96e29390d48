import { Button, FileButton, Stack, Text, Title } from "@mantine/core";
import { IconUserSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { useClient } from "../../hooks";
import { useAct } from "../useAct";
import { pathOf } from "./types";
import { Submissions } from "./Submissions";

/** Have a picture, video or recording compared with what people have registered; what became of it. */
export function Identify({ eventId, isOpen }: { eventId: string; isOpen: boolean }) {
  const { t } = useTranslation();
  const client = useClient();
  const action = useAct("identify");
  const [version, setVersion] = useState(0);
  const submit = async (file: File | null): Promise<void> => {
    if (file === null) return;
    const is = await action.run(async () => {
      const { content_uri: url } = await client.uploadContent(file);
      await call("POST", pathOf(eventId), { body: { url } });
    });
    if (is) setVersion((before) => before + 1);
  };
  if (!isOpen) return null;
  return (
    <section aria-labelledby="event-identify">
      <Title order={3} fz="md" id="event-identify">{t("safety.identify.title")}</Title>
      <Text fz="sm" c="dimmed" mb="xs">{t("safety.identify.text")}</Text>
      <Stack gap="xs" align="flex-start">
        <FileButton accept="image/*,video/*,audio/*" onChange={(file) => void submit(file)}>{(props) => <Button {...props} variant="default" mih={44} loading={action.state === "busy"} leftSection={<IconUserSearch size={18} />}>{t("safety.identify.submit")}</Button>}</FileButton>
        {action.why && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why}</Text>}
        {action.state === "done" && <Text role="status" fz="sm">{t("safety.identify.taken")}</Text>}
      </Stack>
      <Submissions eventId={eventId} version={version} />
    </section>
  );
}
