import { ActionIcon, CloseButton, Textarea } from "@mantine/core";
import { IconSend2 } from "@tabler/icons-react";
import { EventType, type MatrixEvent, RelationType, type Room, type Thread } from "matrix-js-sdk";
import { type ClipboardEvent, type KeyboardEvent, lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient, useVersion } from "../hooks";
import { Face } from "../parts/Face";
import { TYPING_EVENTS } from "../chat/events";
import { senderName, summaryOf } from "../timeline/words";
import { notices } from "../screening/refusals";
import { RefusedNotice } from "../screening/RefusedNotice";
import { track } from "../track";
import { CHANGED } from "../parts/changing";
import { uploadsOf } from "../uploads/uploads";
import { placeOf } from "../uploads/waiting";
import { AttachMenu } from "./AttachMenu";
import { asked, candidates, type Mentions, textContent } from "./mentions";
import { useDraft } from "./draft";
import { useDrop } from "./drop";

const AttachmentTray = lazy(() => import("./AttachmentTray"));

type Props = { room: Room; thread: Thread | null; answered: MatrixEvent | null; edited: MatrixEvent | null; onDone: () => void };
const TYPING_MS = 20_000;

export function Composer({ room, thread, answered, edited, onDone }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useDraft(room, thread, edited);
  const [mentions, setMentions] = useState<Mentions>(new Map());
  const [caret, setCaret] = useState(0);
  const uploads = uploadsOf(client);
  useVersion(uploads, CHANGED);
  const key = placeOf(room, thread);
  const attachments = edited ? [] : uploads.in(key);
  const attach = (files: Iterable<File>): void => { if (!edited) uploads.add(key, files); };
  const isDropping = useDrop(attach, field);
  const typing = useTyping(room);
  const menu = useMentionMenu(room, text, caret);
  useEffect(() => { if (answered ?? edited) field.current?.focus(); }, [answered, edited]);

  const maySend = room.currentState.maySendMessage(room.myUserId) && room.getMyMembership() === "join";
  if (!maySend) return <p className="notice composer">{t("composer.mayNot")}</p>;

  const submit = (): void => {
    const words = text.trim();
    typing.stop();
    setText("");
    setMentions(new Map());
    onDone();
    if (edited) return void sendEdit(words, mentions);
    notices.put(room.myUserId, key, null);
    const content = words === "" ? null : withAuthor(textContent(words, mentions), answered);
    const relation = answered ? { "m.relates_to": { "m.in_reply_to": { event_id: answered.getId() } } } : {};
    const files = uploads.send({ key, roomId: room.roomId, threadId: thread?.id ?? null }, content, relation);
    if (files === 0 && content !== null) void send({ ...content, ...relation });
    track("message_send", { room_id: room.roomId, attachments: files, is_reply: answered !== null, in_thread: thread !== null });
  };
  const send = (content: Record<string, unknown>): Promise<unknown> =>
    client.sendEvent(room.roomId, thread?.id ?? null, EventType.RoomMessage, content as never).catch(() => {});
  const sendEdit = (words: string, named: Mentions): Promise<unknown> => {
    track("message_edit", { room_id: room.roomId });
    const content = textContent(words, named);
    return send({ ...content, body: `* ${words}`, "m.new_content": content, "m.relates_to": { rel_type: RelationType.Replace, event_id: edited?.getId() } });
  };
  /** Who is answered is told so. */
  const withAuthor = (content: Record<string, unknown>, reply: MatrixEvent | null): Record<string, unknown> => {
    const people = new Set<string>((content["m.mentions"] as { user_ids?: string[] }).user_ids ?? []);
    const author = reply?.getSender();
    if (author && author !== room.myUserId) people.add(author);
    return { ...content, "m.mentions": people.size > 0 ? { user_ids: [...people] } : {} };
  };

  const choose = (index: number): void => {
    const member = menu.people[index];
    if (member === undefined || menu.at === null) return;
    const name = member.rawDisplayName;
    const before = `${text.slice(0, menu.at.start)}@${name} `;
    setText(before + text.slice(caret));
    setMentions(new Map(mentions).set(member.userId, name));
    setCaret(before.length);
    requestAnimationFrame(() => { field.current?.focus(); field.current?.setSelectionRange(before.length, before.length); });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.nativeEvent.isComposing) return;
    if (menu.onKey(event, choose)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (canSend) submit();
    } else if (event.key === "Escape" && (answered ?? edited)) {
      event.stopPropagation();
      onDone();
    }
  };
  const onPaste = (event: ClipboardEvent): void => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    attach(files);
  };
  const canSend = text.trim() !== "" || attachments.some((one) => one.state !== "refused");

  return (
    <div className="composer">
      {isDropping && <div className="drop">{t("composer.drop")}</div>}
      <div className="typing" aria-live="polite">{typing.words}</div>
      {(answered ?? edited) && (
        <div className="context">
          <div>{edited ? t("composer.editing") : answered && <><b>{t("composer.answering", { name: senderName(answered) })}</b> {summaryOf(answered, t)}</>}</div>
          <CloseButton aria-label={t("composer.stop")} size={32} onClick={onDone} />
        </div>
      )}
      {!edited && <RefusedNotice room={room} place={key} />}
      {attachments.length > 0 && <Suspense><AttachmentTray uploads={uploads} list={attachments} /></Suspense>}
      {menu.people.length > 0 && (
        <ul className="suggestions" role="listbox" id="mentions" aria-label={t("composer.people")}>
          {menu.people.map((member, index) => (
            <li
              key={member.userId} id={`mention-${index}`} role="option" aria-selected={index === menu.chosen} className="choice"
              onMouseDown={(event) => { event.preventDefault(); choose(index); }}
            >
              <Face name={member.rawDisplayName} mxc={member.getMxcAvatarUrl()} size={28} />{member.rawDisplayName} <small>{member.userId}</small>
            </li>
          ))}
        </ul>
      )}
      <div className="composer-row">
        <AttachMenu isOff={edited !== null} onFiles={attach} />
        <Textarea
          ref={field} className="composer-field" aria-label={t(thread ? "composer.inThread" : "composer.label")} placeholder={t(thread ? "composer.inThread" : "composer.placeholder")}
          autosize minRows={1} maxRows={8} size="md" value={text} maxLength={30_000} styles={{ input: { minHeight: 44, fontSize: 16 } }}
          {...(menu.people.length > 0 ? { "aria-controls": "mentions", "aria-activedescendant": `mention-${menu.chosen}` } : {})}
          onChange={(event) => { setText(event.currentTarget.value); setCaret(event.currentTarget.selectionStart); if (event.currentTarget.value) typing.note(); else typing.stop(); }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown} onPaste={onPaste} onBlur={typing.stop}
        />
        <ActionIcon size={44} aria-label={t(edited ? "composer.save" : "composer.send")} disabled={!canSend} onClick={submit}><IconSend2 size={20} /></ActionIcon>
      </div>
    </div>
  );
}

/** Who writes here, and telling the others that one does. */
function useTyping(room: Room): { words: string; note: () => void; stop: () => void } {
  const { t } = useTranslation();
  const client = useClient();
  useVersion(client, TYPING_EVENTS);
  const until = useRef(0);
  const names = room.getJoinedMembers().filter((member) => member.typing && member.userId !== room.myUserId).map((member) => member.rawDisplayName);
  return {
    words: names.length === 0 ? "" : names.length > 2 ? t("typing.many") : t("typing.some", { names: names.join(", "), count: names.length }),
    note: () => {
      if (Date.now() < until.current) return;
      until.current = Date.now() + TYPING_MS / 2;
      client.sendTyping(room.roomId, true, TYPING_MS).catch(() => {});
    },
    stop: () => {
      if (until.current === 0) return;
      until.current = 0;
      client.sendTyping(room.roomId, false, 0).catch(() => {});
    },
  };
}

/** The people to choose from while an "@" word is written. */
function useMentionMenu(room: Room, text: string, caret: number) {
  const [chosen, setChosen] = useState(0);
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const at = asked(text, caret);
  const people = at === null || at.start === closedAt ? [] : candidates(room, at.query);
  const index = Math.min(chosen, Math.max(people.length - 1, 0));
  const onKey = (event: KeyboardEvent, choose: (index: number) => void): boolean => {
    if (people.length === 0) return false;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) setChosen((index + step + people.length) % people.length);
    else if (event.key === "Enter" || event.key === "Tab") choose(index);
    else if (event.key === "Escape") setClosedAt(at?.start ?? null);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { at, people, chosen: index, onKey };
}

