import { Drawer } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { openSubject } from "../route";

type Props = { opened: boolean; title: ReactNode; children: ReactNode; size?: number | string };

/** What one has opened, beside the table; Esc closes it. The address says that it is open. */
export function PageDrawer({ opened, title, children, size = 560 }: Props) {
  const { t } = useTranslation();
  return (
    <Drawer opened={opened} onClose={() => openSubject(null)} position="right" size={size} title={title} closeButtonProps={{ "aria-label": t("close"), size: 44 }} classNames={{ title: "drawer-title" }}>
      {children}
    </Drawer>
  );
}
