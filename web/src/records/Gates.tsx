import { Button, Center, Stack, Text, Textarea, Title } from "@mantine/core";
import { IconEyeOff } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

/** Here one has to say why one looks. */
export function ReasonGate({ onReason }: { onReason: (reason: string) => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const wanted = reason.trim();
  return (
    <Center flex={1} p="lg">
      <form className="record-gate" onSubmit={(event) => { event.preventDefault(); if (wanted) onReason(wanted); }}>
        <Title order={2} fz="lg">{t("record.reason.title")}</Title>
        <Text fz="sm">{t("record.reason.text")}</Text>
        <Textarea size="md" data-autofocus autoFocus label={t("record.reason.label")} value={reason} maxLength={400} minRows={2} autosize required onChange={(event) => setReason(event.currentTarget.value)} />
        <Button type="submit" h={44} disabled={wanted === ""}>{t("record.reason.go")}</Button>
      </form>
    </Center>
  );
}

/** What one sees when one may see it no longer, or never could. */
export function Gone({ wasThere, isLink, onBack }: { wasThere: boolean; isLink: boolean; onBack: (() => void) | undefined }) {
  const { t } = useTranslation();
  const which = isLink ? "link" : wasThere ? "ended" : "never";
  return (
    <Center flex={1} p="xl" role="status">
      <Stack align="center" gap="sm" maw={420} ta="center">
        <IconEyeOff size={32} aria-hidden />
        <Title order={2} fz="lg">{t(`record.gone.${which}`)}</Title>
        <Text c="dimmed" fz="sm">{t(`record.gone.${which}Text`)}</Text>
        {onBack && <Button variant="default" h={44} onClick={onBack}>{t("record.gone.back")}</Button>}
      </Stack>
    </Center>
  );
}
