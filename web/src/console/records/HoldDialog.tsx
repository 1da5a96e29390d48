import { Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";

type Props = { what: "record" | "person" | "department"; who: string; onDone: () => void; onClose: () => void };

/** Nothing is removed until it is released. */
export function HoldDialog({ what, who, onDone, onClose }: Props) {
  const { t } = useTranslation();
  const action = useAction("record_hold");
  const [reason, setReason] = useState("");
  const hold = async (): Promise<void> => {
    if (reason.trim() === "") return;
    if (await action.run(async () => void (await call("POST", "/records/holds", { body: { what, who, reason: reason.trim() } })))) { onDone(); onClose(); }
  };
  return (
    <Confirm opened title={t("records.hold.lay")} label={t("records.hold.go")} action={action} onConfirm={() => void hold()} onClose={onClose}>
      <Text fz="sm">{t(`records.hold.text.${what}`)}</Text>
      <TextInput size="md" required label={t("records.reason")} value={reason} maxLength={500} onChange={(event) => setReason(event.currentTarget.value)} />
    </Confirm>
  );
}
