import { Alert, Skeleton, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { pathOf, useDepartments } from "../../departments";
import { useLoad } from "../../load";
import { may, useMe } from "../../me";
import { number } from "../../operations/units";
import { PersonStateBadge } from "../../parts/Badges";
import { Broken } from "../../parts/Broken";
import { PersonPicker } from "../../parts/PersonPicker";
import { changeQuery, hrefOf } from "../../route";
import type { Contact, Person } from "../../types";
import type { Departures, Preview } from "../types";
import { EMPTY, setDraft, useDraft } from "./draft";

const MOST = 500;

/** Who leaves, and what they leave behind. */
export function WhoStep() {
  const { t } = useTranslation();
  const [draft] = useDraft();
  const choose = (userId: string | null): void => {
    if (userId === draft.userId) return;
    setDraft({ ...EMPTY, userId });
    changeQuery({ person: null }, true);
  };
  if (draft.changes !== null && draft.userId !== null) return <Stack><Text fz="sm">{t("handover.wizard.fixed")}</Text><Behind userId={draft.userId} /></Stack>;
  return (
    <Stack>
      <Text fz="sm" c="dimmed">{t("handover.wizard.whoText")}</Text>
      <div className="narrow"><PersonPicker label={t("handover.wizard.person")} kind="staff" value={draft.userId} onChange={choose} isRequired /></div>
      {draft.userId !== null && <Behind key={draft.userId} userId={draft.userId} />}
    </Stack>
  );
}

function Behind({ userId }: { userId: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const { departments } = useDepartments();
  const { value, error, reload } = useLoad(async (signal) => {
    const [person, preview, contacts, known] = await Promise.all([
      call<Person>("GET", `/people/${encodeURIComponent(userId)}`, { signal }),
      call<Preview>("POST", "/departures/preview", { body: { user_id: userId }, signal }),
      may(me, "contacts.read") ? call<{ contacts: Contact[] }>("GET", `/people/${encodeURIComponent(userId)}/contacts`, { query: { limit: MOST }, signal }) : null,
      call<Departures>("GET", "/departures", { query: { user: userId, limit: 5 }, signal }),
    ]);
    return { person, preview, contacts: contacts?.contacts.length ?? null, open: known.departures.find(({ state }) => state === "planned" || state === "running" || state === "undoing") };
  }, [userId]);
  if (value === undefined) return error === null ? <Skeleton h={120} /> : <Broken error={error} onRetry={reload} />;
  const { person, preview, contacts, open } = value;
  return (
    <>
      {open !== undefined && (
        <Alert color="yellow" variant="light" title={t(`handover.wizard.already.${open.state}`)}><a href={hrefOf("handover", open.departure_id)}>{t("handover.wizard.openIt")}</a></Alert>
      )}
      <Text fz="sm"><PersonStateBadge state={person.state} /> {person.departments.map((id) => pathOf(departments, id)).join(", ") || t("handover.wizard.noDepartment")}</Text>
      {person.departments.length === 0 && <Alert color="yellow" variant="light">{t("handover.wizard.noDepartmentText")}</Alert>}
      <ul className="behind">
        <Count value={preview.customers} words={t("handover.behind.sessions", { count: preview.customers })} />
        <Count value={preview.unanswered} words={t("handover.behind.promises", { count: preview.unanswered })} isBad={preview.unanswered > 0} />
        {contacts !== null && <Count value={contacts} words={t("handover.behind.contacts", { count: contacts })} more={contacts === MOST} />}
        <Count value={preview.group_rooms} words={t("handover.behind.rooms", { count: preview.group_rooms })} />
      </ul>
    </>
  );
}

function Count({ value, words, isBad = false, more = false }: { value: number; words: string; isBad?: boolean; more?: boolean }) {
  return <li data-bad={isBad || undefined}><b>{number(value)}{more ? "+" : ""}</b><span>{words}</span></li>;
}
