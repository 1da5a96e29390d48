/** One's contacts in the organisation, as the server tells them. */
import { type MatrixClient, Method } from "matrix-js-sdk";
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient } from "../hooks";
import { chatWith, openChat } from "../people";

const PREFIX = "/_roomkeeper/v1";
const PAGE = "100";

export type Contact = {
  userId: string;
  /** Whether the other one is a customer, and oneself of the staff. */
  isCustomer: boolean;
  /** Milliseconds since 1970. */
  sinceTs: number;
  untilTs: number | null;
};

type Raw = { customer_id: string; staff_id: string; since_ts: number; until_ts?: number };
type Page = { contacts: Raw[]; next_batch?: string };

export function useContacts() {
  const client = useClient();
  const [contacts, setContacts] = useState<Contact[]>([]);
  const [state, setState] = useState<"idle" | "busy" | "failed">("busy");
  const [next, setNext] = useState<string | undefined>("");
  const isBusy = useRef(false);
  const more = useCallback(() => {
    if (isBusy.current || next === undefined) return;
    isBusy.current = true;
    setState("busy");
    pageOf(client, next).then(
      (page) => {
        setContacts((before) => [...before, ...page.contacts.map((raw) => contactOf(client, raw))]);
        setNext(page.next_batch);
        setState("idle");
      },
      () => setState("failed"),
    ).finally(() => {
      isBusy.current = false;
    });
  }, [client, next]);
  useEffect(() => {
    if (next === "") more();
  }, [more, next]);
  return { contacts, state, hasMore: next !== undefined && next !== "", more };
}

function pageOf(client: MatrixClient, from: string): Promise<Page> {
  const query = { past: "true", limit: PAGE, ...(from ? { from } : {}) };
  return client.http.authedRequest<Page>(Method.Get, "/contacts", query, undefined, { prefix: PREFIX });
}

function contactOf(client: MatrixClient, raw: Raw): Contact {
  const isCustomer = raw.staff_id === client.getUserId();
  return { userId: isCustomer ? raw.customer_id : raw.staff_id, isCustomer, sinceTs: raw.since_ts, untilTs: raw.until_ts ?? null };
}

/** The id of the session with a contact: the one that there is, or else a new one. Rejects with the server's reason. */
export async function openContact(client: MatrixClient, contact: Contact): Promise<string> {
  const known = chatWith(client, contact.userId);
  if (known) return known.roomId;
  if (contact.isCustomer) return openChat(client, contact.userId);
  const body = { staff_id: contact.userId };
  return (await client.http.authedRequest<{ room_id: string }>(Method.Post, "/sessions", undefined, body, { prefix: PREFIX })).room_id;
}
