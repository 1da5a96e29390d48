import { Button, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { ActionFailed, useAction } from "../parts/action";
import { PersonPicker } from "../parts/PersonPicker";
import { go } from "../route";

/** Somebody of the staff and a customer become contacts. */
export function NewContact({ staff: before, onDone }: { staff: string | null; onDone: () => void }) {
  const { t } = useTranslation();
  const [staff, setStaff] = useState<string | null>(before);
  const [customer, setCustomer] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const action = useAction("contact_make");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    await action.run(async () => {
      await call("PUT", `/people/${encodeURIComponent(staff ?? "")}/contacts/${encodeURIComponent(customer ?? "")}`, { body: { reason: reason.trim() } });
      onDone();
      go("contacts", null, { of: staff });
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <PersonPicker label={t("console.sessions.staff")} kind="staff" value={staff} onChange={setStaff} isRequired />
        <PersonPicker label={t("console.sessions.customer")} kind="customer" takesIds description={t("console.contacts.customerHint")} value={customer} onChange={setCustomer} isRequired />
        <TextInput size="md" label={t("console.reason")} description={t("console.reasonHint")} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <ActionFailed error={action.error} />
        <Button type="submit" h={44} loading={action.isBusy} disabled={staff === null || customer === null}>{t("console.contacts.make")}</Button>
      </Stack>
    </form>
  );
}
