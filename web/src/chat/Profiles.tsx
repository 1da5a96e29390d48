import { Modal } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { ShowProfileContext } from "../parts/profiles";
import { TimelineSkeleton } from "../parts/States";

const ProfileCard = lazy(() => import("../profile/ProfileCard"));

type Asked = { userId: string; roomId: string | undefined };

/** Whoever is below can open somebody's card. */
export function Profiles({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked | null>(null);
  const show = useCallback((userId: string, roomId?: string) => setAsked({ userId, roomId }), []);
  const close = (): void => setAsked(null);
  return (
    <ShowProfileContext value={show}>
      {children}
      <Modal opened={asked !== null} onClose={close} title={t("profile.title")} closeButtonProps={{ "aria-label": t("close") }}>
        <Suspense fallback={<TimelineSkeleton />}>{asked && <ProfileCard {...asked} onClose={close} />}</Suspense>
      </Modal>
    </ShowProfileContext>
  );
}
