import { Button, Center, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { LanguageChoice } from "../parts/LanguageChoice";
import { ReportProblem } from "../repair/open";

/** The organisation has locked the account, since its owner has left, say: nothing can be done, and nothing is lost. */
export default function Locked({ onAgain, onForget }: { onAgain: () => void; onForget: () => void }) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const [isReporting, setReporting] = useState(false);
  return (
    <Center component="main" mih="100dvh" p="lg">
      <Paper withBorder p="xl" w={460} maw="100%" role="alert" aria-labelledby="locked-title">
        <Stack gap="lg">
          <Group gap="md" wrap="nowrap"><IconLock size={28} aria-hidden style={{ flex: "none" }} /><Title order={1} fz="lg" id="locked-title">{t("locked.title")}</Title></Group>
          <Text>{t("locked.text")}</Text>
          <Text fz="sm" c="dimmed">{t(isAsking ? "locked.forgetText" : "locked.back")}</Text>
          <Group>
            {isAsking ? (
              <>
                <Button mih={44} color="red.8" onClick={onForget}>{t("locked.forget")}</Button>
                <Button mih={44} variant="default" onClick={() => setAsking(false)}>{t("cancel")}</Button>
              </>
            ) : (
              <>
                <Button mih={44} onClick={onAgain}>{t("locked.again")}</Button>
                <Button mih={44} variant="default" onClick={() => setAsking(true)}>{t("locked.forget")}</Button>
                <Button mih={44} variant="subtle" onClick={() => setReporting(true)}>{t("rooms.report")}</Button>
              </>
            )}
          </Group>
          <LanguageChoice />
          {isReporting && <Suspense><ReportProblem onClose={() => setReporting(false)} /></Suspense>}
        </Stack>
      </Paper>
    </Center>
  );
}
