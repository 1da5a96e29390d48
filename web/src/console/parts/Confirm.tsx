import { Button, Group, Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Action, ActionFailed } from "./action";

type Props = {
  opened: boolean;
  title: string;
  /** What will happen. */
  children: ReactNode;
  label: string;
  action: Action;
  onConfirm: () => void;
  onClose: () => void;
  isDanger?: boolean;
};

/** The second step of what weighs much: it says what will happen. */
export function Confirm({ opened, title, children, label, action, onConfirm, onClose, isDanger = false }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("close") }}>
      <Stack>
        {children}
        <ActionFailed error={action.error} />
        <Group justify="flex-end" className="confirm-actions">
          <Button variant="default" h={44} onClick={onClose} disabled={action.isBusy}>{t("console.cancel")}</Button>
          <Button h={44} loading={action.isBusy} {...(isDanger ? { color: "red.8" } : {})} onClick={onConfirm}>{label}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
