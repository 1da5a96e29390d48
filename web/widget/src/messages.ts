/** What was said in a conversation, and what the visitor is sending: one list, without doubles, edits and removals applied. */

import type { MatrixEvent } from "./api";

export interface Message {
  key: string;
  eventId: string;
  sender: string;
  ts: number;
  content: Record<string, any>;
  isRemoved: boolean;
  state: "sending" | "failed" | "sent";
  error: string;
  /** Why the server refused it (`org.roomkeeper.reason`), what was seen, and the case that can be appealed. */
  refused: string;
  labels: string[];
  caseId: string;
  /** What is sent with it, in case that the server loses it. */
  file: File | null;
}

const NOTHING_REFUSED = { refused: "", labels: [], caseId: "", file: null };

export class Messages {
  /** From the oldest to the newest, then what is being sent. */
  list: Message[] = [];
  private readonly edits = new Map<string, Record<string, any>>();
  private counter = 0;

  /** What the visitor sends, at the end. */
  write(sender: string, content: Record<string, any>, file: File | null): Message {
    const key = `w${Date.now()}.${Math.random().toString(36).slice(2)}.${this.counter++}`;
    const message: Message = {
      ...NOTHING_REFUSED,
      key,
      eventId: "",
      sender,
      ts: Date.now(),
      content,
      isRemoved: false,
      state: "sending",
      error: "",
      file,
    };
    this.list.push(message);
    return message;
  }

  remove(message: Message): void {
    this.list = this.list.filter((each) => each !== message);
  }

  /** Only what is not yet sent stays. */
  forgetSent(): void {
    this.list = this.list.filter((message) => message.state !== "sent");
  }

  /** Take an event into the list, where it is a message that is not there; the message. */
  add(event: MatrixEvent, atStart: boolean): Message | null {
    const relation = event.content["m.relates_to"];
    if (event.type === "m.room.redaction") {
      const redacted = event.content.redacts ?? event.redacts;
      for (const message of this.list) if (message.eventId === redacted) message.isRemoved = true;
      return null;
    }
    if (event.state_key !== undefined || !["m.room.message", "m.sticker", "m.room.encrypted"].includes(event.type))
      return null;
    if (relation?.rel_type === "m.replace") {
      this.edits.set(relation.event_id, event.content["m.new_content"] ?? {});
      for (const message of this.list)
        if (message.eventId === relation.event_id) message.content = event.content["m.new_content"] ?? {};
      return null;
    }
    const message: Message = {
      key: event.event_id,
      eventId: event.event_id,
      sender: event.sender,
      ts: event.origin_server_ts,
      content: this.edits.get(event.event_id) ?? event.content,
      isRemoved: Boolean(event.unsigned?.redacted_because),
      state: "sent",
      error: "",
      ...NOTHING_REFUSED,
    };
    const transaction = event.unsigned?.transaction_id;
    const known = this.list.find(
      (each) => each.eventId === event.event_id || (transaction && each.key === transaction),
    );
    if (known) {
      Object.assign(known, message, { key: known.key });
      return null;
    }
    if (atStart) this.list.unshift(message);
    else this.insert(message);
    return message;
  }

  /** Behind all that has been sent, before what is being sent. */
  private insert(message: Message): void {
    let index = this.list.length;
    while (index > 0 && this.list[index - 1]!.state !== "sent") index--;
    this.list.splice(index, 0, message);
  }
}
