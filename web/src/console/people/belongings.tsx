/** What belongs to somebody: roles, sessions, contacts; each loaded by itself. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { pathOf, useDepartments } from "../departments";
import { type Loaded, useLoad } from "../load";
import { may, useMe } from "../me";
import { namesOf } from "../names";
import { Ago } from "../parts/Ago";
import { SessionStateBadge } from "../parts/Badges";
import { Broken } from "../parts/Broken";
import { DrawerSection } from "../parts/DrawerSection";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { hrefOf } from "../route";
import type { Contact, Grant, Person, Session } from "../types";

const SHOWN = 10;

/** A short list in its states. */
function Several<T>({ loaded, none, children }: { loaded: Loaded<readonly T[]>; none: string; children: (item: T) => React.ReactNode }) {
  if (loaded.value === undefined) return loaded.error === null ? <RowsSkeleton /> : <Broken error={loaded.error} onRetry={loaded.reload} />;
  if (loaded.value.length === 0) return <Text fz="sm" c="dimmed">{none}</Text>;
  return <ul className="plain-list">{loaded.value.map(children)}</ul>;
}

export function PersonRoles({ userId }: { userId: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const { departments } = useDepartments();
  const path = `/people/${encodeURIComponent(userId)}/roles`;
  const loaded = useLoad(async (signal) => (await call<{ roles: Grant[] }>("GET", path, { signal })).roles, [userId]);
  const grant = may(me, "roles.write") && <a href={hrefOf("roles", "new", { person: userId })}>{t("console.roles.grant")}</a>;
  return (
    <DrawerSection title={t("console.pages.roles")} action={grant}>
      <Several loaded={loaded} none={t("console.people.noRoles")}>
        {(one: Grant) => (
          <li key={one.role + one.department_id}>
            <span>{t(`console.role.${one.role}`)}</span>
            <span className="soft">{one.department_id ? pathOf(departments, one.department_id) : t("console.roles.everywhere")}</span>
          </li>
        )}
      </Several>
    </DrawerSection>
  );
}

export function PersonSessions({ person }: { person: Person }) {
  const { t } = useTranslation();
  const part = person.kind === "customer" ? "customer" : "staff";
  const loaded = useLoad(async (signal) => {
    const query = { [part]: person.user_id, limit: SHOWN, sort: "-updated", ...(part === "staff" ? { state: "open" } : {}) };
    const { sessions } = await call<{ sessions: Session[] }>("GET", "/sessions", { query, signal });
    const name = await namesOf(sessions.flatMap((one) => [one.customer_id, one.staff_id]), signal);
    return sessions.map((one) => ({ ...one, other: part === "staff" ? name(one.customer_id) : one.staff_id ? name(one.staff_id) : t("console.sessions.nobody") }));
  }, [person.user_id]);
  return (
    <DrawerSection title={t(part === "staff" ? "console.people.openSessions" : "console.pages.sessions")} action={<a href={hrefOf("sessions", null, { [part]: person.user_id })}>{t("console.people.allSessions")}</a>}>
      <Several loaded={loaded} none={t("console.people.noSessions")}>
        {(one: Session & { other: string }) => (
          <li key={one.room_id}>
            <a href={hrefOf("sessions", one.room_id)}>{one.other}</a>
            <span><SessionStateBadge state={one.state} /> <span className="soft"><Ago ts={one.updated_ts} /></span></span>
          </li>
        )}
      </Several>
    </DrawerSection>
  );
}

export function PersonContacts({ userId }: { userId: string }) {
  const { t } = useTranslation();
  const loaded = useLoad(async (signal) => {
    const { contacts } = await call<{ contacts: Contact[] }>("GET", `/people/${encodeURIComponent(userId)}/contacts`, { query: { limit: SHOWN }, signal });
    const others = contacts.map((one) => (one.customer_id === userId ? one.staff_id : one.customer_id));
    const name = await namesOf(others, signal);
    return contacts.map((one, index) => ({ ...one, other: name(others[index]!), otherId: others[index]! }));
  }, [userId]);
  return (
    <Several loaded={loaded} none={t("console.contacts.none")}>
      {(one: Contact & { other: string; otherId: string }) => (
        <li key={one.otherId + one.since_ts}>
          <a href={hrefOf("people", one.otherId)}>{one.other}</a>
          <span className="soft">{t("console.contacts.since")} <Ago ts={one.since_ts} /></span>
        </li>
      )}
    </Several>
  );
}
