import { Button, Group, Stack, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Initials } from "../../parts/Initials";
import { pathOf, useDepartments } from "../departments";
import { useLoad } from "../load";
import { may, useMe } from "../me";
import { nameOfPerson } from "../names";
import { Ago } from "../parts/Ago";
import { PersonStateBadge } from "../parts/Badges";
import { Broken } from "../parts/Broken";
import { DrawerSection } from "../parts/DrawerSection";
import { Facts } from "../parts/Facts";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { hrefOf } from "../route";
import type { Person } from "../types";
import { EditPerson } from "./EditPerson";
import { PersonContacts, PersonRoles, PersonSessions } from "./belongings";
import { StateChange } from "./StateChange";

/** Somebody's card: who they are, where they belong, whether they are there, what they have. */
export function PersonPanel({ userId, onChanged }: { userId: string; onChanged: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const [isEditing, setEditing] = useState(false);
  const { value: person, error, reload } = useLoad((signal) => call<Person>("GET", `/people/${encodeURIComponent(userId)}`, { signal }), [userId]);
  const changed = (): void => {
    setEditing(false);
    reload();
    onChanged();
  };
  if (person === undefined) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />;
  if (isEditing) return <EditPerson person={person} onDone={changed} onCancel={() => setEditing(false)} />;
  return (
    <Stack gap="md">
      <Group wrap="nowrap">
        <Initials name={nameOfPerson(person)} size={56} />
        <div>
          <Title order={2} fz="lg">{nameOfPerson(person)}</Title>
          <Group gap="sm"><PersonStateBadge state={person.state} /><span className="soft">{t(`console.kind.${person.kind}`)}</span></Group>
        </div>
      </Group>
      <PersonFacts person={person} />
      {may(me, "people.write") && (
        <Group>
          <Button variant="default" h={44} onClick={() => setEditing(true)}>{t("console.edit")}</Button>
          {person.kind !== "customer" && <StateChange person={person} onChanged={changed} />}
        </Group>
      )}
      {person.kind !== "customer" && person.state === "departed" && may(me, "departures.read") && <a href={hrefOf("handover", null, { user: userId })}>{t("handover.ofPerson")}</a>}
      {person.kind !== "customer" && may(me, "roles.read") && <PersonRoles userId={userId} />}
      {may(me, "sessions.read") && <PersonSessions person={person} />}
      {may(me, "contacts.read") && (
        <DrawerSection title={t("console.pages.contacts")} action={<a href={hrefOf("contacts", null, { of: userId })}>{t("console.people.allContacts")}</a>}>
          <PersonContacts userId={userId} />
        </DrawerSection>
      )}
    </Stack>
  );
}

function PersonFacts({ person }: { person: Person }) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const belongs = person.departments.map((id) => <div key={id}><a href={hrefOf("departments", id)}>{pathOf(departments, id)}</a></div>);
  return (
    <Facts
      facts={[
        [t("console.userId"), person.user_id],
        [t("console.people.departments"), belongs.length > 0 ? belongs : ""],
        [t("console.people.title"), person.title],
        [t("console.people.email"), person.email && <a href={`mailto:${person.email}`}>{person.email}</a>],
        [t("console.language"), person.language],
        [t("console.people.skills"), person.skills.join(", ")],
        [t("console.people.sessionLimit"), person.kind === "staff" ? (person.session_limit ?? t("console.people.noLimit")) : ""],
        [t("console.people.userName"), person.user_name],
        [t("console.people.externalId"), person.external_id],
        [t("console.created"), <Ago ts={person.created_ts} />],
        [t("console.updated"), <Ago ts={person.updated_ts} />],
      ]}
    />
  );
}
