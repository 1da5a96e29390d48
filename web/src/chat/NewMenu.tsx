import { ActionIcon, Menu, Modal } from "@mantine/core";
import { IconLifebuoy, IconMessagePlus, IconPlus, IconShield, IconUsersPlus, IconWorldSearch } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { hrefOf } from "../hooks";
import { TimelineSkeleton } from "../parts/States";
import { ReportProblem } from "../repair/open";

const NewDialog = lazy(() => import("../create/NewDialog"));

const KINDS = { chat: IconMessagePlus, room: IconUsersPlus, join: IconWorldSearch } as const;
export type NewKind = keyof typeof KINDS;

/** What one can begin: a chat, a room, or to come into one that there is. */
export function NewMenu() {
  const { t } = useTranslation();
  const [kind, setKind] = useState<NewKind | null>(null);
  const [isReporting, setReporting] = useState(false);
  const close = (): void => setKind(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target><ActionIcon size={44} variant="subtle" color="gray" aria-label={t("create.open")}><IconPlus size={20} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          {(Object.keys(KINDS) as NewKind[]).map((one) => {
            const Icon = KINDS[one];
            return <Menu.Item key={one} leftSection={<Icon size={18} />} onClick={() => setKind(one)}>{t(`create.${one}`)}</Menu.Item>;
          })}
          <Menu.Item component="a" href={hrefOf({ page: "safety" })} leftSection={<IconShield size={18} />}>{t("rooms.safety")}</Menu.Item>
          <Menu.Item leftSection={<IconLifebuoy size={18} />} onClick={() => setReporting(true)}>{t("rooms.report")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isReporting && <Suspense><ReportProblem onClose={() => setReporting(false)} /></Suspense>}
      <Modal opened={kind !== null} onClose={close} title={kind && t(`create.${kind}`)} closeButtonProps={{ "aria-label": t("close") }}>
        <Suspense fallback={<TimelineSkeleton />}>{kind && <NewDialog kind={kind} onDone={close} />}</Suspense>
      </Modal>
    </>
  );
}
