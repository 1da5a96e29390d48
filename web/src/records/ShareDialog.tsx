import { Modal, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ShareForm } from "./ShareForm";
import { ShareList } from "./ShareList";
import type { Chosen } from "./Span";

type Props = { opened: boolean; recordId: string; departments: readonly string[]; chosen: Chosen; onChoose: () => void; onClose: () => void };

/** Show a record, or a part of it, to somebody; and who is shown it by now. */
export default function ShareDialog({ opened, recordId, departments, chosen, onChoose, onClose }: Props) {
  const { t } = useTranslation();
  const [version, setVersion] = useState(0);
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title={t("record.share.title")} closeButtonProps={{ "aria-label": t("close") }}>
      <Stack gap="lg">
        <ShareForm recordId={recordId} departments={departments} chosen={chosen} onChoose={onChoose} onShared={() => setVersion((before) => before + 1)} />
        <ShareList recordId={recordId} version={version} />
      </Stack>
    </Modal>
  );
}
