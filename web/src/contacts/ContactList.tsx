import { Button, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { ClientEvent, UserEvent } from "matrix-js-sdk";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import "../panels.css";
import { useHasLeft } from "../handover/useHasLeft";
import { goTo, useClient, useVersion } from "../hooks";
import { chatWith, goToRoom, type Person, usePerson } from "../people";
import { Face } from "../parts/Face";
import { WithPresence } from "../parts/Presence";
import { Empty, Failed, TimelineSkeleton } from "../parts/States";
import { useAction } from "../parts/useAction";
import { exact, short } from "../times";
import { track } from "../track";
import { type Contact, openContact, useContacts } from "./contacts";

const PEOPLE_EVENTS: readonly string[] = [UserEvent.DisplayName, ClientEvent.Room, UserEvent.Presence];

/** Whom one knows through the organisation; those of the past apart. */
export default function ContactList() {
  const { t } = useTranslation();
  const client = useClient();
  useVersion(client, PEOPLE_EVENTS);
  const { contacts, state, hasMore, more } = useContacts();
  const [query, setQuery] = useState("");
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const wanted = query.trim().toLowerCase();
  const note = (person: Person): void => {
    if (names.get(person.userId) !== person.name) setNames((before) => new Map(before).set(person.userId, person.name));
  };
  const isFound = (contact: Contact): boolean => wanted === "" || `${names.get(contact.userId) ?? ""} ${contact.userId}`.toLowerCase().includes(wanted);
  const isPast = (contact: Contact): boolean => contact.untilTs !== null;
  const parts = [
    { key: "now", shown: contacts.filter((one) => !isPast(one)) },
    { key: "past", shown: contacts.filter((one) => isPast(one) && !contacts.some((other) => !isPast(other) && other.userId === one.userId)) },
  ] as const;
  if (state === "busy" && contacts.length === 0) return <TimelineSkeleton />;
  if (state === "failed" && contacts.length === 0) return <Failed text={t("contacts.failed")} onRetry={more} />;
  if (contacts.length === 0) return <Empty title={t("contacts.noneTitle")} text={t("contacts.noneText")} />;
  return (
    <>
      <TextInput px="md" type="search" size="md" aria-label={t("contacts.find")} placeholder={t("contacts.find")} leftSection={<IconSearch size={18} />} value={query} onChange={(event) => setQuery(event.currentTarget.value)} />
      <div className="rooms">
        {parts.map(({ key, shown }) => shown.length > 0 && (
          <section key={key} aria-labelledby={`contacts-${key}`} hidden={!shown.some(isFound)}>
            <h2 id={`contacts-${key}`}>{t(`contacts.${key}`)}</h2>
            <ul>{shown.map((contact) => <li key={`${contact.userId} ${contact.sinceTs}`} hidden={!isFound(contact)}><ContactRow contact={contact} onKnown={note} /></li>)}</ul>
          </section>
        ))}
        {!contacts.some(isFound) && <p className="notice" role="status">{t("contacts.notFound")}</p>}
        {hasMore && <Button fullWidth mt="sm" variant="default" loading={state === "busy"} onClick={more}>{t("search.more")}</Button>}
      </div>
    </>
  );
}

function ContactRow({ contact, onKnown }: { contact: Contact; onKnown: (person: Person) => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const person = usePerson(contact.userId);
  const action = useAction();
  if (person.isKnown) queueMicrotask(() => onKnown(person));
  const hasLeft = useHasLeft(contact.isCustomer ? null : contact.userId);
  const open = (): void => {
    track("contact_open");
    if (hasLeft && !chatWith(client, contact.userId)) return goTo({ page: "left", userId: contact.userId });
    return void action.run(() => goToRoom(() => openContact(client, contact)));
  };
  const until = contact.untilTs;
  return (
    <button type="button" className="room contact" disabled={action.state === "busy"} onClick={open}>
      <WithPresence userId={contact.userId}><Face name={person.name} mxc={person.mxc} /></WithPresence>
      <span className="room-text">
        <span className="room-name">{person.name}</span>
        {action.state === "failed" ? <span className="room-last" role="alert">{action.why ?? t("sure.failed")}</span>
          : <span className="room-last" title={exact(until ?? contact.sinceTs)}>{hasLeft ? t("handover.gone") : t(until === null ? "contacts.since" : "contacts.until", { time: short(until ?? contact.sinceTs) })}</span>}
      </span>
    </button>
  );
}
