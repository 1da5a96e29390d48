/** Files beside the message that is being written: uploaded at once, sent with it. */

import { RequestFailed } from "./api";
import type { Conversation } from "./conversation";
import { h, icon } from "./dom";
import type { Words } from "./words";

interface Attachment {
  file: File;
  uri: string;
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

  get isReady(): boolean {
    return this.list.every((each) => each.uri);
  }

  add(files: Iterable<File>): void {
    for (const file of files) void this.upload(file);
  }

  /** What is to be sent of them; they are gone then. */
  take(): Record<string, any>[] {
    const contents = this.list.map((each) => ({
      msgtype: kindOf(each.file.type),
      body: each.file.name,
      filename: each.file.name,
      url: each.uri,
      info: { mimetype: each.file.type || "application/octet-stream", size: each.file.size, ...each.size },
    }));
    for (const each of [...this.list]) this.drop(each);
    return contents;
  }

  private async upload(file: File): Promise<void> {
    const bar = h("progress", { max: 100, value: 0, "aria-label": file.name });
    const state = h("span");
    const body = h("div", {}, h("b", { title: file.name }, file.name), bar, state);
    const element = h("div", { class: "attachment" }, body);
    const one: Attachment = { file, uri: "", error: "", preview: "", size: {}, stop: new AbortController(), element };
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
      one.uri = await this.conversation.api.upload(file, (share) => this.show(share, bar, state), one.stop.signal);
      state.textContent = this.words.uploaded;
      this.say(`${file.name}: ${this.words.uploaded}`);
    } catch (error) {
      if (one.stop.signal.aborted) return;
      const why = error instanceof RangeError || error instanceof RequestFailed ? error.message : "";
      state.className = "error";
      state.textContent = why || this.words.uploadFailed;
      this.say(state.textContent);
    }
    bar.hidden = true;
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
