import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Action } from "./useAction";

type Props = { opened: boolean; title: string; text: string; yes: string; action: Action; onYes: () => void; onClose: () => void; children?: ReactNode };

/** Asks before what cannot be undone, and says whether it worked. */
export function Sure({ opened, title, text, yes, action, onYes, onClose, children }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("close") }}>
      <Stack>
        <Text fz="sm">{text}</Text>
        {children}
        {action.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why ?? t("sure.failed")}</Text>}
        <Group>
          <Button color="red.8" loading={action.state === "busy"} onClick={onYes}>{yes}</Button>
          <Button variant="default" onClick={onClose}>{t("sure.no")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
