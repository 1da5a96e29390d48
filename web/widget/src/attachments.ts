/** Files beside the message that is being written: uploaded at once, sent with it. */

import { digest, RequestFailed } from "./api";
import type { Conversation } from "./conversation";
import { h, icon } from "./dom";
import { whyOf } from "./screening";
import type { Words } from "./words";

interface Attachment {
  file: File;
  uri: string;
  sha256: string | null;
  /** It can't be sent: the rest of the message goes without it. */
  isRefused: boolean;
  error: string;
  preview: string;
  size: { w?: number; h?: number };
  stop: AbortController;
  element: HTMLElement;
}

const MIB = 1024 * 1024;

export function sizeOf(bytes: number): string {
  return bytes < MIB ? `${Math.max(1, Math.round(bytes / 1024))} KiB` : `${(bytes / MIB).toFixed(1)} MiB`;
}

export class Attachments {
  readonly element = h("div", { class: "attachments" });
  private list: Attachment[] = [];
  private largest = Infinity;

  constructor(
    private readonly conversation: Conversation,
    private readonly words: Words,
    private readonly onChange: () => void,
    private readonly say: (text: string) => void,
  ) {
    this.element.hidden = true;
  }

  get isEmpty(): boolean {
    return this.list.length === 0;
  }

  /** Whether there is something to send, and nothing is on its way to the server. */
  get isReady(): boolean {
    return this.list.every((each) => each.uri || each.isRefused);
  }

  get canSend(): boolean {
    return this.list.some((each) => each.uri && !each.isRefused);
  }

  add(files: Iterable<File>): void {
    for (const file of files) void this.upload(file);
  }

  /** What is to be sent of them; they are gone then. What can't be sent stays. */
  async take(): Promise<[content: Record<string, any>, file: File][]> {
    const contents: [Record<string, any>, File][] = [];
    for (const each of this.list.filter((one) => one.uri && !one.isRefused)) {
      // The bytes that are there now: the server compares them with those that were uploaded.
      const sha256 = await digest(each.file).catch(() => "");
      if (sha256 !== each.sha256) {
        this.refuse(each, this.words.changed);
        continue;
      }
      const info = { mimetype: each.file.type || "application/octet-stream", size: each.file.size, ...each.size };
      const checksum = sha256 ? { "org.roomkeeper.sha256": sha256.replace(/=+$/, "") } : {};
      const name = each.file.name;
      contents.push([{ msgtype: kindOf(each.file.type), body: name, filename: name, url: each.uri, info, ...checksum }, each.file]);
      each.uri = "";
      this.drop(each);
    }
    return contents;
  }

  private async upload(file: File): Promise<void> {
    const bar = h("progress", { max: 100, value: 0, "aria-label": file.name });
    const state = h("span", { class: "state" });
    const body = h("div", {}, h("b", { title: file.name }, file.name), bar, state);
    const element = h("div", { class: "attachment" }, body);
    const one: Attachment = { file, uri: "", sha256: null, isRefused: false, error: "", preview: "", size: {}, stop: new AbortController(), element };
    const remove = h(
      "button",
      { type: "button", class: "icon", "aria-label": `${this.words.remove}: ${file.name}`, onclick: () => this.drop(one) },
      icon("close"),
    );
    element.append(remove);
    this.list.push(one);
    this.element.append(element);
    this.changed();
    if (file.type.startsWith("image/")) void this.preview(one);
    try {
      await this.conversation.ensure();
      if (this.largest === Infinity) this.largest = await this.conversation.api.maxUpload();
      if (file.size > this.largest) throw new RangeError(this.words.tooLarge(sizeOf(this.largest)));
      const uploaded = await this.conversation.api.upload(file, (share) => this.show(share, bar, state), one.stop.signal);
      [one.uri, one.sha256] = uploaded;
      bar.hidden = true;
      state.textContent = this.words.checking;
      this.changed();
      await this.check(one, state);
    } catch (error) {
      if (one.stop.signal.aborted) return;
      const why = error instanceof RangeError || error instanceof RequestFailed ? error.message : "";
      state.className = "state error";
      state.textContent = why || this.words.uploadFailed;
      this.say(state.textContent);
    }
    bar.hidden = true;
    this.changed();
  }

  /** What would come of sending it. Send is not held up by this: the server keeps back what it has not looked at. */
  private async check(one: Attachment, state: HTMLElement): Promise<void> {
    for (let times = 0; times < 30 && this.list.includes(one); times++) {
      const found = await this.conversation.api.verdict(one.uri, this.conversation.room, one.stop.signal).catch(() => null);
      if (one.stop.signal.aborted || one.isRefused) return;
      if (found?.state === "checking") continue;
      if (found?.action === "block") return this.refuse(one, this.words.cannotSend(whyOf(found.labels, this.words, found.reason)));
      state.textContent = found?.action === "review" ? this.words.needsReview : this.words.uploaded;
      return this.say(`${one.file.name}: ${state.textContent}`);
    }
  }

  private refuse(one: Attachment, why: string): void {
    one.isRefused = true;
    const state = one.element.querySelector(".state")!;
    state.className = "state error";
    state.textContent = why;
    this.say(`${one.file.name}: ${why}`);
    this.changed();
  }

  private show(share: number, bar: HTMLProgressElement, state: HTMLElement): void {
    bar.value = Math.round(share * 100);
    state.textContent = this.words.uploading(bar.value);
  }

  private async preview(one: Attachment): Promise<void> {
    one.preview = URL.createObjectURL(one.file);
    const image = h("img", { src: one.preview, alt: "" });
    try {
      await image.decode();
      one.size = { w: image.naturalWidth, h: image.naturalHeight };
      one.element.prepend(image);
    } catch {
      // No picture that this browser can show: it is sent as it is.
    }
  }

  private drop(one: Attachment): void {
    one.stop.abort();
    if (one.uri) this.conversation.api.giveUp(one.uri);
    if (one.preview) URL.revokeObjectURL(one.preview);
    one.element.remove();
    this.list = this.list.filter((each) => each !== one);
    this.changed();
  }

  private changed(): void {
    this.element.hidden = this.isEmpty;
    this.onChange();
  }
}

function kindOf(type: string): string {
  const family = type.split("/")[0]!;
  return ["image", "audio", "video"].includes(family) && !type.includes("svg") ? `m.${family}` : "m.file";
}
