/** One visitor's conversation: signing in, following the room, sending. It knows nothing of how it is shown. */

import { Api, RequestFailed, type JoinedRoom, type MatrixEvent } from "./api";
import { RECORDING, recordingOf, type Recording } from "./consent";
import { departureOf, SUCCESSION, type Departure } from "./handover";
import { type Mine, SCREENING, type Told } from "./screening";
import { type Message, Messages } from "./messages";
import { Store } from "./store";

export type State = "new" | "waiting" | "open" | "closed";

const SESSION = "org.roomkeeper.session";
const LONGEST_WAIT_MS = 15_000;
/** Stands for what is before the end of a room that goes on in another one. */
const END = "end";

/** What the server says in words right before the state that says the same as a card. */
function isOfCard(event: MatrixEvent, next: MatrixEvent | undefined): boolean {
  return event.content.msgtype === "m.notice" && next?.type === SUCCESSION && "user_id" in next.content;
}

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
  private readonly written = new Messages();
  names = new Map<string, string>();
  state: State = "new";
  staff = "";
  unread = 0;
  isOffline = false;
  isSignedOut = false;
  /** The visitor has ended the conversation; the next message begins a new one. */
  isEnded = false;
  typing: string[] = [];
  /** Whoever took care of the visitor has left, or hands them on. */
  departure: Departure | null = null;
  /** Whether the conversation is recorded, and what the visitor says to it. */
  recording: Recording | null = null;
  /** From where earlier messages are read; empty: there are none. */
  earlier = "";
  isLoaded = false;
  readByOthers = "";
  /** What the server says of the visitor's own messages that it looks at before others see them. */
  told: Told = {};
  onChange: () => void = () => {};
  onMessage: (message: Message) => void = () => {};
  /** What was written was not received: it is to be a draft again. */
  onRefused: (text: string) => void = () => {};

  private userId = "";
  private roomId = "";
  private since = "";
  private stop = new AbortController();
  private opening: Promise<void> | null = null;
  private queue: Promise<void> = Promise.resolve();
  private lastRead = "";
  private isLoadingEarlier = false;
  /** Of which room the earlier messages are, and the room before that one. */
  private earlierRoom = "";
  private predecessor = "";
  private hasMoved = false;
  /** Where the conversation goes on, as its room has just told. */
  private next = "";

  constructor(
    readonly api: Api,
    private readonly store: Store,
    private readonly site: string,
    private readonly language: string,
    private readonly identity: string,
    private readonly name: string,
  ) {}

  /** What was said, from the oldest to the newest, then what is being sent. */
  get messages(): readonly Message[] {
    return this.written.list;
  }

  get me(): string {
    return this.userId;
  }

  get room(): string {
    return this.roomId;
  }

  /** What the server says of a message that it did not deliver at once; whether it had been delivered before. */
  mineOf(message: Message): [Mine, boolean] | null {
    const sent = this.told.sent?.[message.eventId];
    if (sent) return [sent, true];
    const id = message.caseId;
    const held = this.told.events?.[message.eventId] ?? (id && this.told.blocked?.find((each) => each.case_id === id));
    return held ? [held, false] : null;
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
    this.written.forgetSent();
    this.state = "new";
    this.unread = 0;
    this.typing = [];
    this.staff = this.lastRead = this.readByOthers = this.predecessor = "";
    this.departure = this.recording = null;
    this.next = "";
    this.isLoaded = this.hasMoved = false;
    this.told = {};
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
        if (this.next) this.move(this.next);
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
      const goesOn = isFirst && this.hasMoved && !timeline.limited;
      if ((isFirst || timeline.limited) && !goesOn) {
        // There is a gap: what was read before it is read again when the visitor scrolls there.
        this.written.forgetSent();
        this.earlier = timeline.limited ? (timeline.prev_batch ?? "") : "";
        this.earlierRoom = this.roomId;
      }
      for (const [index, event] of timeline.events.entries()) {
        this.takeState(event);
        const added = isOfCard(event, timeline.events[index + 1]) ? null : this.written.add(event, false);
        if (added && !isFirst && added.sender !== this.userId) this.onMessage(added);
      }
      if (isFirst && !goesOn && !timeline.limited) this.goBack();
    }
    for (const event of room.ephemeral?.events ?? []) this.takeEphemeral(event);
    for (const event of room.account_data?.events ?? []) if (event.type === SCREENING) this.told = event.content;
    this.unread = room.unread_notifications?.notification_count ?? this.unread;
  }

  private takeState(event: MatrixEvent): void {
    if (event.state_key === undefined) return;
    if (event.type === "m.room.member" && event.content.displayname)
      this.names.set(event.state_key, String(event.content.displayname));
    if (event.type === "m.room.create") this.predecessor = event.content.predecessor?.room_id ?? "";
    if (event.type === RECORDING) this.recording = recordingOf(event.content);
    if (event.type === SUCCESSION) this.takeDeparture(event.content);
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

  /** Read a page of what was before. */
  async loadEarlier(): Promise<void> {
    if (!this.earlier || this.isLoadingEarlier) return;
    this.isLoadingEarlier = true;
    try {
      const page = await this.api.messages(this.earlierRoom, this.earlier === END ? "" : this.earlier);
      for (const [index, event] of page.chunk.entries()) {
        if (event.type === "m.room.create") this.predecessor = event.content.predecessor?.room_id ?? "";
        if (event.type === "m.room.member") {
          if (event.state_key && !this.names.has(event.state_key) && event.content.displayname)
            this.names.set(event.state_key, String(event.content.displayname));
        } else if (!isOfCard(event, page.chunk[index - 1])) this.written.add(event, true);
      }
      this.earlier = page.chunk.length && page.end ? page.end : "";
      if (!this.earlier) this.goBack();
    } catch {
      // It is tried again when the visitor scrolls there again.
    } finally {
      this.isLoadingEarlier = false;
      this.onChange();
    }
  }

  /** All of a room is read: what was said before it was said in the one that it goes on from. */
  private goBack(): void {
    if (!this.predecessor) return;
    this.earlierRoom = this.predecessor;
    this.earlier = END;
    this.predecessor = "";
  }

  // ---------------------------------------------------------------- who takes care

  private takeDeparture(content: Record<string, any>): void {
    const known = this.departure;
    this.departure = departureOf(content);
    const { status, new_room_id: next } = content;
    if ((status === "accepted" || status === "taken_over") && next) this.next = String(next);
    if (this.next) return;
    if (this.departure === null) return;
    if (known?.userId === this.departure.userId) Object.assign(this.departure, { name: known.name, successor: known.successor });
    void this.askWho(this.departure.userId);
  }

  /** Learn who takes care of the visitor; nobody else does where whoever was asked for is there. */
  private async askWho(userId: string): Promise<void> {
    const room = this.roomId;
    for (let failures = 0; this.roomId === room; failures++) {
      try {
        const said = await this.api.succession(userId);
        if (this.roomId !== room) return;
        const told = this.departure?.userId === userId ? this.departure : null;
        if (said.state === "active" && !told?.isTransfer) this.departure = null;
        else
          this.departure = {
            userId,
            isTransfer: told?.isTransfer ?? false,
            status: told?.status ?? said.offer?.status ?? "",
            name: said.display_name,
            successor: said.successor?.display_name ?? "",
          };
        return this.onChange();
      } catch (error) {
        if (!(error instanceof RequestFailed) || !error.isPassing) return;
        await pause(Math.max(error.retryAfterMs, Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures)));
      }
    }
  }

  /** Whether nothing can be written now. */
  get isOff(): boolean {
    return this.departure !== null && !this.departure.isTransfer;
  }

  /** Go on with whoever takes care now, or not. Raises `RequestFailed`. */
  async answer(goOn: boolean): Promise<void> {
    const departure = this.departure;
    if (!departure) return;
    const next = (await this.api.succeed(departure.userId, goOn)).session?.room_id;
    if (next) this.move(next);
    else if (this.departure) this.departure.status = "declined";
    this.onChange();
  }

  /** The conversation goes on in another room; what was said stays in sight. */
  private move(roomId: string): void {
    this.departure = this.recording = null;
    this.next = "";
    if (roomId === this.roomId) return;
    this.stop.abort();
    if (this.store.kept) this.store.kept = { ...this.store.kept, roomId };
    this.roomId = roomId;
    this.since = this.staff = this.lastRead = this.readByOthers = this.predecessor = "";
    this.state = "new";
    this.unread = 0;
    this.typing = [];
    this.hasMoved = true;
    this.stop = new AbortController();
    void this.follow(this.stop.signal);
  }

  // ---------------------------------------------------------------- doing

  /** Send a message: it is shown at once, and sent after those before it. */
  send(content: Record<string, any>, file: File | null = null): void {
    const message = this.written.write(this.userId, content, file);
    this.onChange();
    this.queue = this.queue.then(() => this.deliver(message));
  }

  retry(message: Message): void {
    message.state = "sending";
    message.error = message.refused = message.caseId = "";
    this.onChange();
    this.queue = this.queue.then(() => this.deliver(message));
  }

  discard(message: Message): void {
    this.written.remove(message);
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
        if (failed?.departed) {
          this.refuse(message, failed.departed);
          break;
        }
        if (failed?.details["org.roomkeeper.reason"] === "media_gone" && message.file && failures < 3) {
          await this.uploadAnew(message, message.file).catch(() => {});
          continue;
        }
        if (!failed?.isPassing || (failed.status === 429 && failures > 4)) {
          message.state = "failed";
          message.error = failed?.message ?? "";
          message.refused = String(failed?.details["org.roomkeeper.reason"] ?? "");
          message.labels = failed?.details["org.roomkeeper.labels"] ?? [];
          message.caseId = String(failed?.details["org.roomkeeper.case_id"] ?? "");
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

  /** Nobody has received it: words are a draft again, a file can be sent to whoever takes care next. */
  private refuse(message: Message, userId: string): void {
    if (message.content.msgtype === "m.text") {
      this.written.remove(message);
      this.onRefused(String(message.content.body));
    } else message.state = "failed";
    void this.askWho(userId);
  }

  /** The server has lost a file before its message came. */
  private async uploadAnew(message: Message, file: File): Promise<void> {
    const [uri] = await this.api.upload(file, () => {}, this.stop.signal);
    message.content = { ...message.content, url: uri };
  }

  /** Ask for a review of what was refused. Raises `RequestFailed`. */
  async appeal(caseId: string, text: string): Promise<void> {
    await this.api.appeal(caseId, text);
  }

  /** Say whether the conversation may be recorded. Raises `RequestFailed`. */
  async consent(agrees: boolean): Promise<void> {
    this.recording = await this.api.consent(this.roomId, agrees);
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
