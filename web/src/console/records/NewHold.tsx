import { SegmentedControl, Select, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { departmentOptions, useDepartments } from "../departments";
import { useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";
import { PersonPicker } from "../parts/PersonPicker";

/** On all records with somebody, or of a department; that on one record is laid where it is shown. */
export function NewHold({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("record_hold");
  const { departments } = useDepartments();
  const options = useMemo(() => departmentOptions(departments), [departments]);
  const [what, setWhat] = useState<"person" | "department">("person");
  const [who, setWho] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const hold = async (): Promise<void> => {
    if (who === null || reason.trim() === "") return;
    if (await action.run(async () => void (await call("POST", "/records/holds", { body: { what, who, reason: reason.trim() } })))) { onDone(); onClose(); }
  };
  return (
    <Confirm opened title={t("records.hold.lay")} label={t("records.hold.go")} action={action} onConfirm={() => void hold()} onClose={onClose}>
      <SegmentedControl fullWidth aria-label={t("records.filter.kind")} value={what} data={(["person", "department"] as const).map((value) => ({ value, label: t(`records.hold.what.${value}`) }))} onChange={(value) => { setWhat(value as "person"); setWho(null); }} />
      {what === "person" ? <PersonPicker isRequired takesIds takesDeparted label={t("records.hold.what.person")} value={who} onChange={setWho} /> : <Select size="md" required searchable label={t("console.department")} data={options} value={who} onChange={setWho} />}
      <TextInput size="md" required label={t("records.reason")} value={reason} maxLength={500} onChange={(event) => setReason(event.currentTarget.value)} />
    </Confirm>
  );
}
