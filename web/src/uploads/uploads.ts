/** All files of one person that are not sent yet: in composers, on their way, shared by other programs. */
import { ClientEvent, EventType, type MatrixClient, Method, SyncState } from "matrix-js-sdk";
import i18next from "i18next";
import { showFrom } from "../media";
import { Changing } from "../parts/changing";
import { fileSize } from "../times";
import { track } from "../track";
import { digestOf, Unreadable } from "./digest";
import { claim } from "./claims";
import { seal } from "./sealed";
import * as shelf from "./shelf";
import { refusalOf, whyOf } from "../screening/screening";
import { makeId, Refused, Unreachable, upload as transfer } from "./transfer";
import { entryOf, fileContent, measure, newUpload, sentContent, type Upload } from "./upload";
import { giveUp, idOf, type Verdict, verdictOf } from "./verdict";
import { uploadsBegin } from "./when";

/** Uploads at a time; the others wait for their turn. */
const AT_A_TIME = 3;
const MOST_ATTEMPTS = 5;
/** An id without its file, and a file that no message refers to, are not kept by the server for ever. */
const STALE_MS = 12 * 3_600_000;

const known = new WeakMap<MatrixClient, Uploads>();

export function uploadsOf(client: MatrixClient): Uploads {
  let uploads = known.get(client);
  if (uploads === undefined) known.set(client, (uploads = new Uploads(client)));
  return uploads;
}

export class Uploads extends Changing {
  private list: Upload[] = [];
  private largest: number | null = null;
  private readonly busy = new Set<string>();
  /** Those whose messages have left, by transaction id, until the server has taken them. */
  private readonly left = new Map<string, Upload>();
  private readonly release = new Map<string, () => void>();

  constructor(private readonly client: MatrixClient) {
    super();
    client.on(ClientEvent.Sync, (state, before) => {
      if (state === SyncState.Syncing && before !== SyncState.Syncing) this.goOn();
    });
  }

  /** Those that stand in the composer of a place. */
  in(place: string): Upload[] {
    return this.list.filter((one) => one.place === place && one.message === null);
  }

  /** Those that were sent off there and wait. */
  outgoing(place: string): Upload[] {
    return this.list.filter((one) => one.place === place && one.message !== null);
  }

  /** Take files that somebody chose; their upload begins at once. */
  add(place: string, files: Iterable<File>): void {
    const added = [...files].map((file) => newUpload(file, place));
    if (added.length === 0) return;
    track("attachment_add", { count: added.length });
    this.list.push(...added);
    void shelf.put(...added.map((one) => ({ record: this.entry(one), file: one.file })));
    for (const one of added) void claim(one.id).then((release) => release && this.release.set(one.id, release));
    this.work();
  }

  /** Take a file that another program of this person has uploaded. An encrypted room needs it encrypted, so uploaded anew. */
  adopt(place: string, file: File, mxc: string, digest: string): void {
    const made = newUpload(file, place);
    if (this.isEncrypted(made)) return this.add(place, [file]);
    Object.assign(made, { mxc, digest, madeAt: Date.now(), isUploaded: true, state: "checking" });
    this.list.push(made);
    void measure(made);
    void shelf.put({ record: this.entry(made), file });
    void claim(made.id).then((release) => release && this.release.set(made.id, release));
    void this.check(made);
  }

  /** Take up what this device kept, unless another tab has it. */
  async restore(): Promise<void> {
    for (const { record, file } of await shelf.kept(this.client.getSafeUserId())) {
      if (this.list.some((one) => one.id === record.id)) continue;
      const release = await claim(record.id);
      if (release === null) continue;
      this.release.set(record.id, release);
      const isStale = Date.now() - record.madeAt > STALE_MS;
      this.list.push(newUpload(file, record.place, isStale ? { ...record, mxc: null, isUploaded: false } : record));
      if (record.user === "") void shelf.note({ ...record, user: this.client.getSafeUserId() });
    }
    this.sort();
    this.work();
    for (const one of this.list) if (one.state === "checking" && one.isUploaded) void this.check(one);
  }

  /** Give up a file: its upload ends, and the server forgets it. */
  remove(upload: Upload): void {
    track("attachment_remove", { state: upload.state });
    upload.abort.abort();
    if (upload.preview !== null) URL.revokeObjectURL(upload.preview);
    giveUp(this.client, upload.mxc);
    this.drop(upload);
    this.work();
  }

  /** Take another file, or the same as it is now, in the place of one. */
  replace(upload: Upload, file: File): void {
    const { place, order } = upload;
    this.remove(upload);
    this.add(place, [file]);
    const added = this.list.at(-1);
    if (added) Object.assign(added, { order });
    this.sort();
    this.tell();
  }

  retry(upload: Upload): void {
    track("attachment_retry");
    upload.attempts = 0;
    this.wait(upload);
    this.work();
  }

  /** Bring files to another place: from "shared" to the room that was chosen. */
  move(from: string, to: string): void {
    for (const one of this.in(from)) {
      one.place = to;
      if (this.isEncrypted(one) && one.sealed === null) {
        one.abort.abort();
        giveUp(this.client, one.mxc);
        one.mxc = null;
        this.wait(one);
      } else if (one.isUploaded) void this.check(one);
      void shelf.note(this.entry(one));
    }
    this.work();
  }

  /** Send what stands in a composer, each as a message of its own. What cannot be sent stays there. Gives their number. */
  send(place: { key: string; roomId: string; threadId: string | null }, written: Record<string, unknown> | null, relation: Record<string, unknown>): number {
    const sent = this.in(place.key).filter((one) => one.state !== "refused");
    sent.forEach((one, index) => {
      const content = { ...fileContent(one, index === 0 ? written : null), ...(index === 0 ? relation : {}) };
      one.message = { txnId: this.client.makeTxnId(), roomId: place.roomId, threadId: place.threadId, content, ts: Date.now() };
      if (one.state === "failed") this.wait(one);
      void shelf.note(this.entry(one));
    });
    this.work();
    return sent.length;
  }

  /** Sign-out: nothing of this person stays on the device. */
  async clear(): Promise<void> {
    const all = this.list;
    this.list = [];
    for (const one of all) {
      one.abort.abort();
      giveUp(this.client, one.mxc);
    }
    for (const release of this.release.values()) release();
    const kept = await shelf.kept(this.client.getSafeUserId());
    await shelf.remove(...kept.map(({ record }) => record.id));
  }

  /** What has become of the message that left: the server has it, or it was given up. */
  settled(txnId: string): void {
    const upload = this.left.get(txnId);
    this.left.delete(txnId);
    if (upload !== undefined) this.forget(upload);
  }

  /**
   * The server refused the message that left: its file stands in its composer again. `isGone`: the server has lost the
   * file, so that it is uploaded anew and the message leaves by itself. Gives the file, if the message had one.
   */
  takeBack(txnId: string, isGone: boolean, caseId: string | null): Upload | null {
    const upload = this.left.get(txnId);
    if (upload === undefined) return null;
    this.left.delete(txnId);
    this.list.push(upload);
    this.sort();
    if (isGone && upload.message !== null && upload.attempts < MOST_ATTEMPTS) {
      upload.message = { ...upload.message, txnId: this.client.makeTxnId() };
      upload.attempts += 1;
      upload.mxc = null;
      this.wait(upload);
    } else {
      upload.message = null;
      upload.caseId = caseId;
      void this.check(upload);
    }
    void shelf.note(this.entry(upload));
    this.work();
    return upload;
  }

  /** It was changed since it was uploaded. */
  changed(upload: Upload): void {
    Object.assign(upload, { state: "refused", cause: "changed", why: i18next.t("attachment.changed") });
    this.tell();
  }

  /** What would come of sending it now. The message of what is sent off waits for this no longer. */
  async check(upload: Upload): Promise<void> {
    const { place, mxc, abort } = upload;
    if (upload.sealed !== null || mxc === null) return void this.judged(upload, null);
    Object.assign(upload, { state: "checking", progress: 1, why: null, cause: null });
    this.tell();
    const roomId = place.startsWith("!") ? (place.split("/")[0] ?? null) : null;
    const verdict = await verdictOf(this.client, mxc, roomId, abort.signal);
    if (!abort.signal.aborted && upload.place === place && upload.mxc === mxc && upload.cause === null) this.judged(upload, verdict);
  }

  /** The server's case of a file that it would refuse: where there is none yet, sending it makes one. Null: it can't be appealed. */
  async caseOf(upload: Upload): Promise<string | null> {
    const roomId = upload.place.split("/")[0] ?? "";
    if (upload.caseId !== null || upload.mxc === null || upload.digest === null) return upload.caseId;
    const content = sentContent({ ...upload, message: { txnId: "", roomId, threadId: null, content: fileContent(upload, null), ts: 0 } }, upload.digest);
    const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${encodeURIComponent(this.client.makeTxnId())}`;
    try {
      await this.client.http.authedRequest(Method.Put, path, undefined, content);
      this.drop(upload); // the rules have changed meanwhile: it was sent
    } catch (failure) {
      upload.caseId = refusalOf(failure)?.caseId ?? null;
      if (refusalOf(failure) === null) throw failure;
      void shelf.note(this.entry(upload));
    }
    return upload.caseId;
  }

  private judged(upload: Upload, verdict: Verdict | null): void {
    const action = verdict?.action ?? "allow";
    upload.state = action === "allow" ? "ready" : action === "review" ? "review" : "refused";
    if (verdict !== null && upload.mxc !== null) {
      const media_id = idOf(upload.mxc);
      if (action === "allow") track("media_ready", { media_id });
      else track("media_not_sendable", { media_id, cause: action });
    }
    if (verdict !== null && action === "block") Object.assign(upload, { cause: "blocked", why: whyOf(verdict, i18next.t) });
    if (this.list.includes(upload)) void shelf.note(this.entry(upload));
    this.tell();
  }

  private sort(): void {
    this.list.sort((one, other) => one.order - other.order);
  }

  private entry(upload: Upload): shelf.Entry {
    return entryOf(upload, this.client.getSafeUserId());
  }

  private drop(upload: Upload): void {
    this.list = this.list.filter((one) => one !== upload);
    this.forget(upload);
    this.tell();
  }

  /** It is kept on the device no longer. */
  private forget(upload: Upload): void {
    this.release.get(upload.id)?.();
    this.release.delete(upload.id);
    void shelf.remove(upload.id);
  }

  private wait(upload: Upload): void {
    Object.assign(upload, { state: "waiting", progress: 0, why: null, cause: null, isUploaded: false, isCutOff: false, abort: new AbortController() });
  }

  /** The server can be reached again, or uploads may begin at once. */
  goOn(): void {
    for (const one of this.list) if (one.state === "failed" && one.isCutOff) this.wait(one);
    this.work();
  }

  /** Begin what may begin now, let leave what may leave. */
  private work(): void {
    let free = AT_A_TIME - this.list.filter((one) => !one.isUploaded && (one.state === "uploading" || one.state === "checking")).length;
    for (const one of this.list) {
      if (free <= 0) break;
      if (one.state !== "waiting" || (one.message === null && uploadsBegin() === "send")) continue;
      free -= 1;
      one.state = "uploading";
      void this.run(one);
    }
    for (const place of new Set(this.list.map((one) => one.place))) void this.leave(place);
    this.tell();
  }

  private async run(upload: Upload): Promise<void> {
    const { signal } = upload.abort;
    try {
      await this.checkSize(upload.file);
      if (this.isEncrypted(upload)) upload.sealed ??= await seal(upload.file);
      const body = upload.sealed?.body ?? upload.file;
      const [digest] = await Promise.all([digestOf(body), this.nameIt(upload), measure(upload)]);
      if (signal.aborted) return;
      upload.digest = digest;
      const told = { media_id: idOf(upload.mxc ?? ""), size: body.size };
      track("media_upload_started", told);
      await transfer(this.client, upload.mxc ?? "", body, digest, {
        signal,
        onProgress: (share) => { upload.progress = share; this.tell(); },
        onSent: () => { upload.state = "checking"; this.tell(); },
      });
      upload.isUploaded = true;
      track("media_uploaded", told);
      void shelf.note(this.entry(upload));
      void this.check(upload);
    } catch (failure) {
      if (signal.aborted) return;
      this.failed(upload, failure);
    }
    this.work();
  }

  /** Whether the room in which a file stands is encrypted: then the server must not see it. */
  private isEncrypted(upload: Upload): boolean {
    return this.client.getRoom(upload.place.split("/")[0])?.hasEncryptionStateEvent() ?? false;
  }

  /** The id of a file is made once, and kept for another attempt. */
  private async nameIt(upload: Upload): Promise<void> {
    if (upload.mxc !== null) return;
    upload.mxc = await makeId(this.client);
    upload.madeAt = Date.now();
    if (this.list.includes(upload)) void shelf.note(this.entry(upload));
  }

  /** Rejects with `Refused` where the server takes no file so large. */
  private async checkSize(file: File): Promise<void> {
    this.largest ??= await this.client.getMediaConfig(true).then((config) => config["m.upload.size"] ?? Infinity, () => null);
    if (this.largest === null || file.size <= this.largest) return;
    throw new Refused(413, "M_TOO_LARGE", i18next.t("attachment.tooLarge", { size: fileSize(file.size), most: fileSize(this.largest) }), null);
  }

  private failed(upload: Upload, failure: unknown): void {
    upload.state = "failed";
    upload.why = null;
    upload.isCutOff = failure instanceof Unreachable;
    if (failure instanceof Unreadable) this.changed(upload);
    if (!(failure instanceof Refused)) return;
    upload.attempts += 1;
    // An id that has expired, or whose file came without our knowing: another one.
    if (failure.status === 404 || failure.status === 409) upload.mxc = null;
    if ((failure.status === 404 || failure.status === 409) && upload.attempts < MOST_ATTEMPTS) this.wait(upload);
    else if (failure.status === 429 && upload.attempts < MOST_ATTEMPTS) setTimeout(() => upload.state === "failed" && this.again(upload), failure.retryAfterMs ?? 2000);
    else {
      const isOff = failure.status === 403 || failure.status === 413;
      Object.assign(upload, { state: isOff ? "refused" : "failed", cause: isOff ? "size" : null, why: failure.message || null });
    }
  }

  private again(upload: Upload): void {
    if (!this.list.includes(upload) || upload.state === "waiting") return;
    this.wait(upload);
    this.work();
  }

  /** Messages of one place leave one after the other, in the order in which they were sent off; what failed holds up nobody. */
  private async leave(place: string): Promise<void> {
    if (this.busy.has(place)) return;
    this.busy.add(place);
    try {
      for (;;) {
        const next = this.outgoing(place).find((one) => one.state !== "failed" && one.state !== "refused");
        if (next === undefined || !next.isUploaded) return;
        await this.leaveOne(next);
      }
    } finally {
      this.busy.delete(place);
    }
  }

  private async leaveOne(upload: Upload): Promise<void> {
    const message = upload.message;
    // The bytes that are held now, not what was computed before: the server compares both.
    const digest = await digestOf(upload.sealed?.body ?? upload.file).catch(() => null);
    if (message === null || !this.list.includes(upload)) return;
    if (digest === null || digest !== upload.digest) {
      upload.message = null;
      this.changed(upload);
      void shelf.note(this.entry(upload));
      return this.onBack(message.roomId, message.threadId, captionOf(message.content));
    }
    if (upload.info["w"] === undefined) await measure(upload);
    if (upload.preview !== null && upload.mxc !== null) showFrom(upload.mxc, upload.preview);
    this.list = this.list.filter((one) => one !== upload);
    this.left.set(message.txnId, upload);
    const sent = this.client.sendEvent(message.roomId, message.threadId, EventType.RoomMessage, sentContent(upload, digest) as never, message.txnId);
    this.tell();
    await sent.then(() => this.settled(message.txnId), () => {});
  }

  /** Called with what was written to a file that is not sent after all. */
  onBack: (roomId: string, threadId: string | null, words: string) => void = () => {};
}

/** What was written to a file, empty where nothing was. */
export function captionOf(content: Record<string, unknown>): string {
  return typeof content["body"] === "string" && content["body"] !== content["filename"] ? content["body"] : "";
}
