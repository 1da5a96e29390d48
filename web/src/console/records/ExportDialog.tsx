import { Button, Group, Modal, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { ActionFailed, useAction } from "../parts/action";
import { ExportProgress } from "./ExportProgress";
import { type Export, FORMATS, type Format } from "./types";

type Props = { recordIds: readonly string[]; mayRedacted: boolean; onClose: () => void; onStarted?: () => void; wanted?: Readonly<Record<string, string | null>> };

/** Begin an export; then its progress and its file stand in the same place. */
export function ExportDialog({ recordIds, mayRedacted, onClose, onStarted, wanted = {} }: Props) {
  const { t } = useTranslation();
  const action = useAction("records_export");
  const [format, setFormat] = useState<Format>("jsonl");
  const [redacted, setRedacted] = useState(false);
  const [media, setMedia] = useState(true);
  const [reason, setReason] = useState("");
  const [made, setMade] = useState<Export | null>(null);
  const start = (): void => void action.run(async () => {
    const body = { format, record_ids: recordIds, redacted, media, reason: reason.trim(), ...wanted };
    setMade((await call<{ export: Export }>("POST", "/records/exports", { body })).export);
    onStarted?.();
  });
  return (
    <Modal opened onClose={onClose} title={t("records.export.title")} closeButtonProps={{ "aria-label": t("close") }}>
      {made !== null ? (
        <Stack><ExportProgress exportId={made.export_id} /><Group><Button variant="default" h={44} onClick={onClose}>{t("close")}</Button></Group></Stack>
      ) : (
        <form onSubmit={(event) => { event.preventDefault(); start(); }}>
          <Stack>
            <Select size="md" label={t("records.export.format")} allowDeselect={false} value={format} data={FORMATS.map((value) => ({ value, label: t(`records.format.${value}`) }))} onChange={(value) => setFormat((value ?? "jsonl") as Format)} />
            <Switch label={t("records.export.media")} checked={media} onChange={(event) => setMedia(event.currentTarget.checked)} />
            {mayRedacted && <Switch label={t("records.export.redacted")} checked={redacted} onChange={(event) => setRedacted(event.currentTarget.checked)} />}
            <TextInput size="md" label={t("records.export.reason")} value={reason} maxLength={500} onChange={(event) => setReason(event.currentTarget.value)} />
            <ActionFailed error={action.error} />
            <Group><Button type="submit" h={44} loading={action.isBusy}>{t("records.export.go")}</Button></Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
