import { Button, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { useMe } from "../me";
import { ActionFailed, useAction } from "../parts/action";
import { openSubject } from "../route";
import type { Person } from "../types";
import { Fields, NOTHING, type PersonFields } from "./fields";

const KINDS = ["staff", "organisation", "bot"] as const;

/** Somebody new, with an account. */
export function NewPerson({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { server_name: host } = useMe();
  const [localpart, setLocalpart] = useState("");
  const [password, setPassword] = useState("");
  const [kind, setKind] = useState<string>("staff");
  const [fields, setFields] = useState<PersonFields>(NOTHING);
  const action = useAction("person_create");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    await action.run(async () => {
      const body = { localpart, kind, ...fields, ...(password ? { password } : {}) };
      const person = await call<Person>("POST", "/people", { body });
      onDone();
      openSubject(person.user_id);
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          data-autofocus size="md" required label={t("console.people.localpart")} description={t("console.people.localpartHint", { example: `@${localpart || "…"}:${host}` })}
          autoCapitalize="none" spellCheck={false} maxLength={200} value={localpart} onChange={(event) => setLocalpart(event.currentTarget.value.trim().toLowerCase())}
        />
        <PasswordInput
          size="md" label={t("console.people.password")} description={t("console.people.passwordHint")} autoComplete="new-password" value={password}
          visibilityToggleButtonProps={{ "aria-label": t("signIn.show"), "aria-hidden": undefined, tabIndex: 0 }} onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Select size="md" label={t("console.people.kind")} data={KINDS.map((value) => ({ value, label: t(`console.kind.${value}`) }))} value={kind} allowDeselect={false} onChange={(value) => setKind(value ?? "staff")} />
        <Fields value={fields} onChange={setFields} />
        <ActionFailed error={action.error} />
        <Button type="submit" h={44} loading={action.isBusy}>{t("console.people.create")}</Button>
      </Stack>
    </form>
  );
}
