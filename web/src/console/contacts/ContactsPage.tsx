import { Button, Switch } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useReducer } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Empty } from "../../parts/States";
import { may, useMe } from "../me";
import { namesOf } from "../names";
import { Ago, stamp } from "../parts/Ago";
import { PageBody } from "../parts/PageBody";
import { PageDrawer } from "../parts/PageDrawer";
import { PersonPicker } from "../parts/PersonPicker";
import { Who } from "../parts/Who";
import { changeQuery, go, openSubject, useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import type { Column, Load } from "../table/types";
import type { Contact } from "../types";
import { ContactPanel, type NamedContact } from "./ContactPanel";
import { NewContact } from "./NewContact";

export default function ContactsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const of = useRoute().query.get("of");
  return (
    <PageBody
      title={t("console.pages.contacts")} text={t("console.contacts.text")}
      actions={may(me, "contacts.write") && <Button h={44} leftSection={<IconPlus size={18} />} onClick={() => openSubject("new")}>{t("console.contacts.new")}</Button>}
    >
      <div className="table-filters"><PersonPicker isFilter takesIds label={t("console.contacts.of")} value={of} onChange={(person) => go("contacts", null, { of: person })} /></div>
      {of === null ? <Empty title={t("console.contacts.chooseTitle")} text={t("console.contacts.chooseText")} /> : <ContactTable key={of} of={of} />}
      {of === null && <New of={null} onDone={() => {}} />}
    </PageBody>
  );
}

function New({ of, onDone }: { of: string | null; onDone: () => void }) {
  const { t } = useTranslation();
  const { subject } = useRoute();
  return <PageDrawer opened={subject === "new"} title={t("console.contacts.new")}><NewContact staff={of} onDone={onDone} /></PageDrawer>;
}

function ContactTable({ of }: { of: string }) {
  const { t } = useTranslation();
  const { query, subject } = useRoute();
  const past = query.get("past") === "yes";
  const [version, changed] = useReducer((count: number) => count + 1, 0);
  const load: Load<NamedContact> = async ({ from, limit, signal }) => {
    const path = `/people/${encodeURIComponent(of)}/contacts`;
    const answer = await call<{ contacts: Contact[]; next_batch?: string }>("GET", path, { query: { past, from, limit }, signal });
    const otherOf = (one: Contact): string => (one.customer_id === of ? one.staff_id : one.customer_id);
    const name = await namesOf(answer.contacts.map(otherOf), signal);
    return { rows: answer.contacts.map((one) => ({ ...one, otherId: otherOf(one), other: name(otherOf(one)) })), next: answer.next_batch ?? null };
  };
  return (
    <>
      <DataTable
        name="contacts" label={t("console.pages.contacts")} columns={useColumns()} keyOf={keyOf} load={load} version={version}
        empty={{ title: t("console.contacts.emptyTitle"), text: t("console.contacts.emptyText") }}
        filters={<Switch size="md" label={t("console.contacts.past")} checked={past} onChange={(event) => changeQuery({ past: event.currentTarget.checked ? "yes" : null, from: null })} />}
      />
      <New of={of} onDone={changed} />
      <PageDrawer opened={subject?.startsWith("@") ?? false} title={t("console.contacts.one")}>
        {subject?.startsWith("@") && <ContactPanel key={subject} of={of} subject={subject} onChanged={changed} />}
      </PageDrawer>
    </>
  );
}

/** Two people can have been contacts more than once. */
function keyOf(contact: NamedContact): string {
  return `${contact.otherId} ${contact.since_ts}`;
}

function useColumns(): readonly Column<NamedContact>[] {
  const { t, i18n } = useTranslation();
  return useMemo(
    () => [
      { id: "other", label: t("console.name"), cell: (one) => <Who name={one.other} />, text: (one) => one.other },
      { id: "since", label: t("console.contacts.since"), cell: (one) => <Ago ts={one.since_ts} />, text: (one) => stamp(one.since_ts) },
      { id: "reason", label: t("console.contacts.why"), cell: (one) => one.reason ?? "", text: (one) => one.reason ?? "" },
      { id: "until", label: t("console.contacts.until"), cell: (one) => (one.until_ts ? <Ago ts={one.until_ts} /> : t("console.contacts.now")), text: (one) => stamp(one.until_ts) },
      { id: "end", label: t("console.contacts.whyEnded"), cell: (one) => one.end_reason ?? "", text: (one) => one.end_reason ?? "" },
      { id: "id", label: t("console.userId"), cell: (one) => one.otherId, text: (one) => one.otherId, isExtra: true },
    ],
    [t, i18n.language],
  );
}
