import { Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";
import { PersonPicker } from "../parts/PersonPicker";
import type { NamedSession } from "./columns";

export type Deed = "assign" | "close" | "reopen";
type Props = { deed: Deed; session: NamedSession; onClose: () => void; onDone: () => void };

/** Giving a session to somebody, ending it, letting it go on; with the reason, which the audit log keeps. */
export function SessionDeed({ deed, session, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const [staff, setStaff] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const action = useAction(`session_${deed}`);
  const confirm = async (): Promise<void> => {
    if (deed === "assign" && staff === null) return;
    const body = { reason: reason.trim(), ...(deed === "assign" ? { staff_id: staff } : {}) };
    if (await action.run(async () => void (await call("POST", `/sessions/${encodeURIComponent(session.room_id)}/${deed}`, { body })))) onDone();
  };
  const words = { customer: session.customer };
  const name = deed === "assign" && session.state === "open" ? "handTo" : deed;
  return (
    <Confirm opened title={t(`console.sessions.${name}Sure`, words)} label={t(`console.sessions.${name}`)} action={action} isDanger={deed === "close"} onClose={onClose} onConfirm={() => void confirm()}>
      <Text fz="sm">{t(`console.sessions.${deed}Text`, words)}</Text>
      {deed === "assign" && <PersonPicker label={t("console.sessions.to")} kind="staff" value={staff} onChange={setStaff} isRequired />}
      <TextInput size="md" label={t("console.reason")} description={t("console.reasonHint")} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </Confirm>
  );
}
