/** One visitor's conversation: signing in, following the room, sending. It knows nothing of how it is shown. */

import { Api, RequestFailed, type JoinedRoom, type MatrixEvent } from "./api";
import { Store } from "./store";

export interface Message {
  key: string;
  eventId: string;
  sender: string;
  ts: number;
  content: Record<string, any>;
  isRemoved: boolean;
  state: "sending" | "failed" | "sent";
  error: string;
}

export type State = "new" | "waiting" | "open" | "closed";

const SESSION = "org.roomkeeper.session";
const LONGEST_WAIT_MS = 15_000;

const pause = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end);
    signal?.addEventListener("abort", end);
  });

export class Conversation {
  messages: Message[] = [];
  names = new Map<string, string>();
  state: State = "new";
  staff = "";
  unread = 0;
  isOffline = false;
  isSignedOut = false;
  /** The visitor has ended the conversation; the next message begins a new one. */
  isEnded = false;
  typing: string[] = [];
  /** From where earlier messages are read; empty: there are none. */
  earlier = "";
  isLoaded = false;
  readByOthers = "";
  onChange: () => void = () => {};
  onMessage: (message: Message) => void = () => {};

  private userId = "";
  private roomId = "";
  private since = "";
  private stop = new AbortController();
  private counter = 0;
  private opening: Promise<void> | null = null;
  private queue: Promise<void> = Promise.resolve();
  private edits = new Map<string, Record<string, any>>();
  private lastRead = "";
  private isLoadingEarlier = false;

  constructor(
    readonly api: Api,
    private readonly store: Store,
    private readonly site: string,
    private readonly language: string,
    private readonly identity: string,
    private readonly name: string,
  ) {}

  get me(): string {
    return this.userId;
  }

  get isOn(): boolean {
    return this.roomId !== "";
  }

  /** Go on with what there is; nothing is made for who has not written. */
  async resume(): Promise<void> {
    const subject = subjectOf(this.identity);
    const kept = this.store.kept;
    if (kept && kept.subject === subject) this.begin(kept.userId, kept.token, kept.roomId);
    else if (kept) this.store.kept = null;
    if (!this.isOn && this.identity) {
      try {
        await this.enter(true);
      } catch (error) {
        if (!(error instanceof RequestFailed) || error.status !== 404) throw error;
      }
    }
  }

  /** Be somebody with a session, before the first message is sent. Raises `RequestFailed`. */
  ensure(): Promise<void> {
    if (this.isOn) return Promise.resolve();
    this.opening ??= this.enter(false).finally(() => (this.opening = null));
    return this.opening;
  }

  private async enter(resume: boolean): Promise<void> {
    const body: Record<string, unknown> = { site: this.site, language: this.language, resume };
    if (this.isEnded) body.anew = true;
    if (this.identity) body.identity = this.identity;
    else if (this.name) body.name = this.name;
    this.api.token = "";
    const opened = await this.api.open(body);
    const subject = subjectOf(this.identity);
    this.store.kept = { userId: opened.user_id, token: opened.access_token, roomId: opened.room_id, subject };
    this.begin(opened.user_id, opened.access_token, opened.room_id);
  }

  private begin(userId: string, token: string, roomId: string): void {
    this.userId = userId;
    this.roomId = roomId;
    this.api.token = token;
    this.isSignedOut = this.isEnded = false;
    this.stop = new AbortController();
    void this.follow(this.stop.signal);
  }

  /**
   * End the conversation; what the visitor writes next begins a new one. A visitor whom the page does not name is
   * signed out, so that nobody reads it in this browser afterwards. Raises `RequestFailed`.
   */
  async finish(): Promise<void> {
    if (this.isOffline) throw new RequestFailed(0, "", "", 0);
    await this.queue;
    await this.api.close(this.roomId);
    if (!this.identity) await this.api.signOut().catch(() => {});
    this.isEnded = true;
    this.forget();
    this.onChange();
  }

  private end(): void {
    this.forget();
    this.isSignedOut = true;
    this.onChange();
    void this.resume().catch(() => {});
  }

  private forget(): void {
    this.stop.abort();
    this.store.kept = null;
    this.api.token = this.roomId = this.since = this.earlier = "";
    this.messages = this.messages.filter((message) => message.state !== "sent");
    this.state = "new";
    this.unread = 0;
    this.typing = [];
    this.staff = this.lastRead = this.readByOthers = "";
    this.isLoaded = false;
  }

  // ---------------------------------------------------------------- following

  private async follow(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const answer = await this.api.sync(this.roomId, this.since, signal);
        if (signal.aborted) return;
        failures = 0;
        this.isOffline = false;
        const room = answer.rooms?.join?.[this.roomId];
        if (room) this.take(room, this.since === "");
        this.since = answer.next_batch;
        this.isLoaded = true;
        this.onChange();
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof RequestFailed && error.status === 401) return this.end();
        this.isOffline = true;
        this.onChange();
        const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures++);
        await pause(Math.max(wait, error instanceof RequestFailed ? error.retryAfterMs : 0), signal);
      }
    }
  }

  private take(room: JoinedRoom, isFirst: boolean): void {
    for (const event of room.state?.events ?? []) this.takeState(event);
    const timeline = room.timeline;
    if (timeline) {
      if (isFirst || timeline.limited) {
        // There is a gap: what was read before it is read again when the visitor scrolls there.
        this.messages = this.messages.filter((message) => message.state !== "sent");
        this.earlier = timeline.limited ? (timeline.prev_batch ?? "") : "";
      }
      for (const event of timeline.events) {
        this.takeState(event);
        const added = this.add(event, false);
        if (added && !isFirst && added.sender !== this.userId) this.onMessage(added);
      }
    }
    for (const event of room.ephemeral?.events ?? []) this.takeEphemeral(event);
    this.unread = room.unread_notifications?.notification_count ?? this.unread;
  }

  private takeState(event: MatrixEvent): void {
    if (event.state_key === undefined) return;
    if (event.type === "m.room.member" && event.content.displayname)
      this.names.set(event.state_key, String(event.content.displayname));
    if (event.type === SESSION) {
      this.state = event.content.state;
      this.staff = event.content.state === "waiting" ? "" : (event.content.staff ?? "");
    }
  }

  private takeEphemeral(event: { type: string; content: Record<string, any> }): void {
    if (event.type === "m.typing")
      this.typing = (event.content.user_ids as string[]).filter((userId) => userId !== this.userId);
    if (event.type !== "m.receipt") return;
    for (const [eventId, kinds] of Object.entries(event.content)) {
      const readers = Object.keys(kinds["m.read"] ?? {});
      if (readers.some((userId) => userId !== this.userId)) this.readByOthers = eventId;
      if (readers.includes(this.userId)) this.lastRead = eventId;
    }
  }

  /** Take an event into the list, where it is a message that is not there; the message. */
  private add(event: MatrixEvent, atStart: boolean): Message | null {
    const relation = event.content["m.relates_to"];
    if (event.type === "m.room.redaction") {
      const redacted = event.content.redacts ?? event.redacts;
      for (const message of this.messages) if (message.eventId === redacted) message.isRemoved = true;
      return null;
    }
    if (event.state_key !== undefined || !["m.room.message", "m.sticker", "m.room.encrypted"].includes(event.type))
      return null;
    if (relation?.rel_type === "m.replace") {
      this.edits.set(relation.event_id, event.content["m.new_content"] ?? {});
      for (const message of this.messages)
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
    };
    const transaction = event.unsigned?.transaction_id;
    const known = this.messages.find(
      (each) => each.eventId === event.event_id || (transaction && each.key === transaction),
    );
    if (known) {
      Object.assign(known, message, { key: known.key });
      return null;
    }
    if (atStart) this.messages.unshift(message);
    else this.insert(message);
    return message;
  }

  /** Behind all that has been sent, before what is being sent. */
  private insert(message: Message): void {
    let index = this.messages.length;
    while (index > 0 && this.messages[index - 1]!.state !== "sent") index--;
    this.messages.splice(index, 0, message);
  }

  /** Read a page of what was before. */
  async loadEarlier(): Promise<void> {
    if (!this.earlier || this.isLoadingEarlier) return;
    this.isLoadingEarlier = true;
    try {
      const page = await this.api.messages(this.roomId, this.earlier);
      for (const event of page.chunk) {
        if (event.type === "m.room.member") {
          if (event.state_key && !this.names.has(event.state_key) && event.content.displayname)
            this.names.set(event.state_key, String(event.content.displayname));
        } else this.add(event, true);
      }
      this.earlier = page.chunk.length && page.end ? page.end : "";
    } catch {
      // It is tried again when the visitor scrolls there again.
    } finally {
      this.isLoadingEarlier = false;
      this.onChange();
    }
  }

  // ---------------------------------------------------------------- doing

  /** Send a message: it is shown at once, and sent after those before it. */
  send(content: Record<string, any>): void {
    const key = `w${Date.now()}.${Math.random().toString(36).slice(2)}.${this.counter++}`;
    const message: Message = {
      key,
      eventId: "",
      sender: this.userId,
      ts: Date.now(),
      content,
      isRemoved: false,
      state: "sending",
      error: "",
    };
    this.messages.push(message);
    this.onChange();
    this.queue = this.queue.then(() => this.deliver(message));
  }

  retry(message: Message): void {
    message.state = "sending";
    message.error = "";
    this.onChange();
    this.queue = this.queue.then(() => this.deliver(message));
  }

  discard(message: Message): void {
    this.messages = this.messages.filter((each) => each !== message);
    this.onChange();
  }

  private async deliver(message: Message): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        await this.ensure();
        const answer = await this.api.send(this.roomId, message.key, message.content);
        message.eventId = answer.event_id;
        message.sender = this.userId;
        message.state = "sent";
        this.isOffline = false;
        break;
      } catch (error) {
        const failed = error instanceof RequestFailed ? error : null;
        if (!failed?.isPassing || (failed.status === 429 && failures > 4)) {
          message.state = "failed";
          message.error = failed?.message ?? "";
          if (failed?.status === 401 && this.isOn) this.end();
          break;
        }
        if (failed.status === 0) this.isOffline = true;
        this.onChange();
        await pause(Math.max(failed.retryAfterMs, Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures)));
      }
    }
    this.onChange();
  }

  /** The visitor has seen everything. */
  read(): void {
    const last = this.messages.filter((message) => message.eventId).at(-1)?.eventId;
    if (!this.isOn || !last || (last === this.lastRead && !this.unread)) return;
    this.lastRead = last;
    this.unread = 0;
    this.api.receipt(this.roomId, last).catch(() => (this.lastRead = ""));
  }

  tell(isTyping: boolean): void {
    if (this.isOn) this.api.typing(this.roomId, this.userId, isTyping).catch(() => {});
  }

  nameOf(userId: string): string {
    return this.names.get(userId) ?? userId.slice(1).split(":")[0]!;
  }
}

/** Who a page's token is about: to notice that it is somebody else by now. The server checks it. */
function subjectOf(identity: string): string {
  if (!identity) return "";
  try {
    const part = identity.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0));
    return String(JSON.parse(new TextDecoder().decode(bytes)).sub);
  } catch {
    return identity;
  }
}
