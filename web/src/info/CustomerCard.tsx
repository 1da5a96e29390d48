import { ActionIcon, Button, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { type MatrixClient, Method, type Room } from "matrix-js-sdk";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { earlierOf, leaverOf } from "../handover/succession";
import { hrefOf, useClient } from "../hooks";
import { usePerson } from "../people";
import { Face } from "../parts/Face";
import { useShowProfile } from "../parts/profiles";
import { Failed } from "../parts/States";
import { type Action, useAction } from "../parts/useAction";
import { exact, short } from "../times";
import { track } from "../track";

const PREFIX = "/_roomkeeper/v1";
const PAGE = "20";
const LONGEST = 2000;

type Note = { note_id: string; author_id: string; body: string; created_ts: number };
type Page = { notes: Note[]; next_batch?: string | null };

/** For whoever takes care of a session: from whom they have it, who the customer is, and what is noted about them. */
export function CustomerCard({ room, customerId }: { room: Room; customerId: string }) {
  const { t } = useTranslation();
  const client = useClient();
  const show = useShowProfile();
  const customer = usePerson(customerId, room);
  const leaver = leaverOf(client, room);
  return (
    <section aria-label={t("customer.title")}>
      <Stack gap="sm">
        {leaver && <TakenOver {...leaver} />}
        {earlierOf(client, room).map((earlier) => <a key={earlier.roomId} href={hrefOf({ page: "room", roomId: earlier.roomId })}>{t("handover.earlier")}</a>)}
        <Text fz="xs" fw={600} c="dimmed">{t("customer.title")}</Text>
        <button type="button" className="person-main" onClick={() => show(customerId, room.roomId)}>
          <Face name={customer.name} mxc={customer.mxc} />
          <span className="person-text"><span>{customer.name}</span><small>{customerId}</small></span>
        </button>
        <Notes customerId={customerId} />
      </Stack>
    </section>
  );
}

function TakenOver({ userId, room }: { userId: string; room: Room }) {
  const { t } = useTranslation();
  return <Text fz="sm" fw={600}>{t("handover.takenOver", { name: usePerson(userId, room).name })}</Text>;
}

function Notes({ customerId }: { customerId: string }) {
  const { t } = useTranslation();
  const client = useClient();
  const { notes, hasFailed, next, load, reload } = useNotes(client, customerId);
  const action = useAction();
  const remove = (note: Note): void => {
    track("note_delete");
    void action.run(() => ask(client, Method.Delete, customerId, `/${note.note_id}`)).then((isDone) => isDone && reload());
  };
  return (
    <section aria-label={t("customer.notes")}>
      <Text fz="xs" fw={600} c="dimmed">{t("customer.notes")}</Text>
      {hasFailed && <Failed text={t("customer.failed")} onRetry={reload} />}
      {notes === null && !hasFailed && <Skeleton h={44} />}
      {notes?.length === 0 && <Text fz="sm" c="dimmed">{t("customer.none")}</Text>}
      <ul className="plain-list">
        {notes?.map((note) => (
          <li key={note.note_id} className="note">
            <p>{note.body}</p>
            <div><Author userId={note.author_id} /> · <time title={exact(note.created_ts)}>{short(note.created_ts)}</time></div>
            {note.author_id === client.getUserId() && <ActionIcon size={44} variant="subtle" color="gray" aria-label={t("customer.delete", { note: note.body.slice(0, 40) })} disabled={action.state === "busy"} onClick={() => remove(note)}><IconTrash size={18} /></ActionIcon>}
          </li>
        ))}
      </ul>
      {next && <Button variant="default" size="sm" onClick={load}>{t("search.more")}</Button>}
      <NewNote customerId={customerId} action={action} onDone={reload} />
    </section>
  );
}

function Author({ userId }: { userId: string }) {
  return <>{usePerson(userId).name}</>;
}

function NewNote({ customerId, action, onDone }: { customerId: string; action: Action; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [text, setText] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    track("note_add");
    if (!(await action.run(() => ask(client, Method.Post, customerId, "", { body: text.trim() })))) return;
    setText("");
    onDone();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Textarea mt="sm" size="md" label={t("customer.add")} autosize minRows={1} maxRows={6} maxLength={LONGEST} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      {action.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why ?? t("sure.failed")}</Text>}
      {text.trim() !== "" && <Button type="submit" mt="sm" loading={action.state === "busy"}>{t("settings.save")}</Button>}
    </form>
  );
}

function useNotes(client: MatrixClient, customerId: string) {
  const [notes, setNotes] = useState<Note[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const get = (from: string): void => {
    setFailed(false);
    ask<Page>(client, Method.Get, customerId, "", undefined, { limit: PAGE, ...(from ? { from } : {}) }).then(
      (page) => {
        setNotes((before) => (from ? [...(before ?? []), ...page.notes] : page.notes));
        setNext(page.next_batch ?? null);
      },
      () => setFailed(true),
    );
  };
  useEffect(() => get(""), [client, customerId]);
  return { notes, hasFailed, next, load: () => get(next ?? ""), reload: () => get("") };
}

function ask<T>(client: MatrixClient, method: Method, customerId: string, path: string, body?: object, query?: Record<string, string>): Promise<T> {
  return client.http.authedRequest<T>(method, `/people/${encodeURIComponent(customerId)}/notes${path}`, query, body as never, { prefix: PREFIX });
}
