import { ActionIcon } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Raise } from "./chat";

/** The first of two taps to raise an event, wherever one is. */
export function RaiseButton({ className }: { className?: string }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ActionIcon {...(className ? { className } : {})} size={44} variant="subtle" color="red" aria-label={t("rooms.raise")} title={t("rooms.raise")} onClick={() => setOpen(true)}><IconAlertTriangle size={20} /></ActionIcon>
      {isOpen && <Suspense><Raise onClose={() => setOpen(false)} /></Suspense>}
    </>
  );
}
