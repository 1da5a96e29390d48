import { Button, Checkbox, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { ActionFailed, useAction } from "../../parts/action";
import { KIND } from "../useKinds";
import type { Incident } from "./types";

/** Say that a fault is known, and what whoever reports it is answered; of a kind, or of an incident that was found. */
export function Declare({ incident, onClose, onDeclared }: { incident?: Incident; onClose: () => void; onDeclared: (incident: Incident) => void }) {
  const { t } = useTranslation();
  const action = useAction("repair_incident_declare");
  const [kind, setKind] = useState(incident?.kind ?? "");
  const [text, setText] = useState(incident?.text_en ?? "");
  const [textZh, setTextZh] = useState(incident?.text_zh ?? "");
  const [holds, setHolds] = useState(incident?.is_known ? incident.holds === true : true);
  const declare = (): void => {
    let declared: Incident | null = null;
    void action
      .run(async () => { declared = await call<Incident>("POST", "/repair/incidents", { body: { kind, text_en: text.trim(), text_zh: textZh.trim(), holds } }); })
      .then((isDone) => { if (isDone && declared !== null) onDeclared(declared); });
  };
  return (
    <Modal opened onClose={onClose} title={t("repairDesk.incident.declare")} closeButtonProps={{ "aria-label": t("close"), size: 44 }}>
      <Stack>
        <TextInput size="md" required label={t("repairDesk.report.kind")} description={t("repairDesk.act.kindText")} value={kind} disabled={incident !== undefined} onChange={(event) => setKind(event.currentTarget.value)} />
        <Textarea size="md" required label={t("repairDesk.incident.textEn")} description={t("repairDesk.incident.textText")} autosize minRows={2} maxLength={4000} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <Textarea size="md" label={t("repairDesk.incident.textZh")} autosize minRows={2} maxLength={4000} value={textZh} onChange={(event) => setTextZh(event.currentTarget.value)} />
        <Checkbox label={t("repairDesk.incident.holds")} description={t("repairDesk.incident.holdsText")} checked={holds} onChange={(event) => setHolds(event.currentTarget.checked)} />
        <ActionFailed error={action.error} />
        <Text fz="xs" c="dimmed">{t("repairDesk.incident.declareText")}</Text>
        <Group justify="flex-end">
          <Button h={44} variant="default" onClick={onClose}>{t("console.cancel")}</Button>
          <Button h={44} loading={action.isBusy} disabled={!KIND.test(kind) || text.trim() === ""} onClick={declare}>{t("repairDesk.incident.say")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
