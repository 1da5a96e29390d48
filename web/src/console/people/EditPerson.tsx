import { Button, Group, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { forgetName } from "../names";
import { ActionFailed, useAction } from "../parts/action";
import type { Person } from "../types";
import { Fields, fieldsOf } from "./fields";

/** Other fields of somebody. Refused where somebody else has changed them meanwhile. */
export function EditPerson({ person, onDone, onCancel }: { person: Person; onDone: () => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const [fields, setFields] = useState(() => fieldsOf(person));
  const action = useAction("person_change");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const isDone = await action.run(async () => {
      await call("PATCH", `/people/${encodeURIComponent(person.user_id)}`, { body: { ...fields, version: person.version } });
    });
    if (!isDone) return;
    forgetName(person.user_id);
    onDone();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Fields value={fields} onChange={setFields} />
        <ActionFailed error={action.error} />
        <Group>
          <Button type="submit" h={44} loading={action.isBusy}>{t("settings.save")}</Button>
          <Button variant="default" h={44} onClick={onCancel}>{t("console.cancel")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
