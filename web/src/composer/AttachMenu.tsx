import { ActionIcon, Menu } from "@mantine/core";
import { IconCamera, IconFile, IconPaperclip } from "@tabler/icons-react";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

const Camera = lazy(() => import("./Camera"));

/** Files from this device, or a photo that is taken now. */
export function AttachMenu({ isOff, onFiles }: { isOff: boolean; onFiles: (files: Iterable<File>) => void }) {
  const { t } = useTranslation();
  const picker = useRef<HTMLInputElement>(null);
  const [hasCamera, setCamera] = useState(false);
  const picked = (): void => {
    const input = picker.current;
    if (input === null) return;
    onFiles([...(input.files ?? [])]);
    input.value = "";
  };
  return (
    <>
      <input ref={picker} type="file" multiple hidden tabIndex={-1} aria-label={t("composer.files")} onChange={picked} />
      <Menu position="top-start" disabled={isOff} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <ActionIcon size={44} variant="subtle" color="gray" disabled={isOff} aria-label={t("composer.attach")}><IconPaperclip size={20} /></ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item mih={44} leftSection={<IconFile size={18} />} onClick={() => picker.current?.click()}>{t("composer.pick")}</Menu.Item>
          <Menu.Item mih={44} leftSection={<IconCamera size={18} />} onClick={() => setCamera(true)}>{t("composer.camera")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {hasCamera && <Suspense><Camera onClose={() => setCamera(false)} onPhoto={(photo) => { setCamera(false); onFiles([photo]); }} /></Suspense>}
    </>
  );
}
