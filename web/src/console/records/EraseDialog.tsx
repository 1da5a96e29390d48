import { Select, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { useNames, useTitle } from "../../records/names";
import type { Details } from "../../records/types";
import { useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";

/** Contents go for good; the chain stays. The name has to be written before. */
export function EraseDialog({ details, onDone, onClose }: { details: Details; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("record_erase");
  const nameOf = useNames(details);
  const title = useTitle(details);
  const [person, setPerson] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const [written, setWritten] = useState("");
  const recordId = details.record?.record_id ?? "";
  const isReady = reason.trim() !== "" && written.trim().toLocaleLowerCase() === t("records.erase.word").toLocaleLowerCase();
  const erase = async (): Promise<void> => {
    if (!isReady) return;
    const body = { record_id: recordId, reason: reason.trim(), ...(person ? { person } : {}) };
    if (await action.run(async () => void (await call("POST", "/records/erasures", { body })))) { onDone(); onClose(); }
  };
  return (
    <Confirm opened title={t("records.erase.title", { title })} label={t("records.erase.go")} action={action} isDanger onConfirm={() => void erase()} onClose={onClose}>
      <Text fz="sm">{t("records.erase.text")}</Text>
      <Select size="md" label={t("records.erase.whose")} placeholder={t("records.erase.all")} clearable clearButtonProps={{ "aria-label": t("records.erase.all") }} data={details.people.map((value) => ({ value, label: nameOf(value) }))} value={person} onChange={setPerson} />
      <TextInput size="md" required label={t("records.reason")} value={reason} maxLength={500} onChange={(event) => setReason(event.currentTarget.value)} />
      <TextInput size="md" required label={t("records.erase.write", { word: t("records.erase.word") })} value={written} onChange={(event) => setWritten(event.currentTarget.value)} />
    </Confirm>
  );
}
