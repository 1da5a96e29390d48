import { Autocomplete, Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLoad } from "../../load";
import { changeQuery, useRoute } from "../../route";
import { isFiltered, NAMES } from "./filters";

/** Filters count when they are sent: each look at the log is an entry of it. */
export function AuditFilters() {
  const { query } = useRoute();
  return <Form key={NAMES.map((name) => query.get(name)).join("\n")} query={query} />;
}

function Form({ query }: { query: URLSearchParams }) {
  const { t } = useTranslation();
  const [values, setValues] = useState<Record<string, string>>(() => Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""])));
  const known = useLoad((signal) => call<{ permissions: string[] }>("GET", "/audit/permissions", { signal }), []);
  const set = (name: string, value: string): void => setValues((before) => ({ ...before, [name]: value }));
  const send = (event: FormEvent): void => {
    event.preventDefault();
    changeQuery({ ...Object.fromEntries(NAMES.map((name) => [name, values[name]?.trim() || null])), from: null, dir: null });
  };
  const field = (name: string, type = "text") => (
    <TextInput key={name} type={type} label={t(`operations.audit.${name}`)} name={name} value={values[name] ?? ""} maxLength={200} onChange={(event) => set(name, event.currentTarget.value)} />
  );
  return (
    <form className="audit-filters" onSubmit={send} role="search" aria-label={t("operations.audit.filters")}>
      {field("actor")}
      {field("object")}
      <Autocomplete label={t("operations.audit.permission")} name="permission" data={known.value?.permissions ?? []} value={values["permission"] ?? ""} limit={20} onChange={(value) => set("permission", value)} />
      {field("text")}
      {field("since", "date")}
      {field("until", "date")}
      <div className="ops-row audit-send">
        <Button type="submit" h={44}>{t("operations.audit.filter")}</Button>
        {isFiltered(query) && (
          <Button variant="subtle" h={44} onClick={() => changeQuery({ ...Object.fromEntries(NAMES.map((name) => [name, null])), from: null, dir: null })}>{t("operations.audit.clear")}</Button>
        )}
      </div>
    </form>
  );
}
