/** The list of messages. What has not changed keeps its element, so that nothing flickers or is read out twice. */

import { sizeOf } from "./attachments";
import type { Conversation } from "./conversation";
import type { Message } from "./messages";
import { h, icon, linked } from "./dom";
import { mineWords, whyOf } from "./screening";
import type { Words } from "./words";

const NEAR_PX = 60;

export class Timeline {
  readonly list = h("ol");
  readonly element: HTMLElement;
  private readonly shown = new Map<string, { element: HTMLElement; signature: string }>();
  private readonly pictures = new Map<string, Promise<string>>();
  private isAtEnd = true;

  constructor(
    private readonly conversation: Conversation,
    private readonly words: Words,
    private readonly language: string,
    private readonly greeting: () => string,
  ) {
    this.element = h("div", { class: "log", role: "region", tabindex: 0, "aria-label": words.history }, this.list);
    this.element.addEventListener("scroll", () => this.onScroll());
    // Who reads the end goes on seeing it when there is less room for it: a keyboard comes up, a file is attached.
    new ResizeObserver(() => this.isAtEnd && this.toEnd()).observe(this.element);
  }

  render(): void {
    const before = this.element.scrollHeight - this.element.scrollTop;
    const wanted: HTMLElement[] = [this.top()];
    let day = "";
    let sender = "";
    const readAt = this.conversation.messages.findIndex((each) => each.eventId === this.conversation.readByOthers);
    const lastOwn = this.conversation.messages.findLastIndex(
      (each) => each.sender === this.conversation.me && each.state === "sent",
    );
    this.conversation.messages.forEach((message, index) => {
      const date = new Date(message.ts);
      if (date.toDateString() !== day) {
        day = date.toDateString();
        sender = "";
        wanted.push(this.keep(`day ${day}`, day, () => h("li", { class: "day" }, this.dayOf(date))));
      }
      const isOwn = message.sender === this.conversation.me || message.state !== "sent";
      const name = isOwn || message.sender === sender ? "" : this.conversation.nameOf(message.sender);
      const status = index === lastOwn ? (readAt >= index ? this.words.read : this.words.sent) : "";
      const signature = JSON.stringify([message, name, status, isOwn, this.conversation.mineOf(message), this.appealing === message.key]);
      wanted.push(this.keep(message.key, signature, () => this.item(message, isOwn, name, status)));
      sender = message.sender;
    });
    this.place(wanted);
    if (this.isAtEnd) this.toEnd();
    else if (this.prepended) this.element.scrollTop = this.element.scrollHeight - before;
    this.prepended = false;
    this.loadIfShort();
  }

  prepended = false;

  toEnd(): void {
    this.isAtEnd = true;
    this.element.scrollTop = this.element.scrollHeight;
  }

  private top(): HTMLElement {
    const text = this.conversation.earlier ? this.words.loading : "";
    return this.keep("top", text + this.greeting(), () =>
      text
        ? h("li", { class: "mark" }, text)
        : h("li", {}, h("div", { class: "bubble" }, ...linked(this.greeting()))),
    );
  }

  private keep(key: string, signature: string, make: () => HTMLElement): HTMLElement {
    const known = this.shown.get(key);
    if (known?.signature === signature) return known.element;
    const element = make();
    known?.element.remove();
    this.shown.set(key, { element, signature });
    return element;
  }

  private place(wanted: HTMLElement[]): void {
    const kept = new Set(wanted);
    for (const child of [...this.list.children]) if (!kept.has(child as HTMLElement)) child.remove();
    wanted.forEach((element, index) => {
      if (this.list.children[index] !== element) this.list.insertBefore(element, this.list.children[index] ?? null);
    });
  }

  private onScroll(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (scrollTop < NEAR_PX) this.load();
  }

  private loadIfShort(): void {
    const { scrollHeight, clientHeight } = this.element;
    if (clientHeight > 0 && scrollHeight <= clientHeight) this.load();
  }

  private load(): void {
    if (!this.conversation.earlier) return;
    this.prepended = true;
    void this.conversation.loadEarlier();
  }

  private dayOf(date: Date): string {
    const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
    if (days === 0) return this.words.today;
    if (days === 1) return this.words.yesterday;
    return date.toLocaleDateString(this.language, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
  }

  private item(message: Message, isOwn: boolean, name: string, status: string): HTMLElement {
    const date = new Date(message.ts);
    const time = h(
      "time",
      { datetime: date.toISOString(), title: date.toLocaleString(this.language) },
      date.toLocaleTimeString(this.language, { hour: "2-digit", minute: "2-digit" }),
    );
    return h(
      "li",
      { class: isOwn ? "own" : "" },
      name && h("div", { class: "who" }, name),
      isOwn && h("span", { class: "hidden" }, `${this.words.you}: `),
      this.bubble(message),
      message.state === "failed" ? this.failed(message) : this.meta(message, time, status),
    );
  }

  private meta(message: Message, time: HTMLElement, status: string): HTMLElement {
    if (message.state === "sending") return h("div", { class: "meta" }, message.file ? this.words.whenChecked : this.words.sending);
    const mine = this.conversation.mineOf(message);
    const said = mine && mineWords(mine[0], mine[1], this.words);
    if (mine && said) {
      const isError = mine[1] || mine[0].state === "refused";
      return h("div", { class: `meta held${isError ? " error" : ""}`, role: "status" }, `${said} `, mine[0].can_appeal && this.appeal(message, mine[0].case_id));
    }
    return h("div", { class: "meta" }, time, status && ` · ${status}`);
  }

  private failed(message: Message): HTMLElement {
    const button = (text: string, act: () => void) => h("button", { type: "button", onclick: act }, text);
    const discard = () => this.conversation.discard(message);
    if (message.refused) {
      const why = message.refused === "checksum_mismatch" ? this.words.changed : this.words.cannotSend(whyOf(message.labels, this.words, message.error));
      const mine = this.conversation.mineOf(message)?.[0];
      const isAllowed = mine?.state === "approved";
      const said = isAllowed ? this.words.allowed : mine?.state === "waiting" ? this.words.asked : why;
      const change = () => {
        discard();
        this.onTakeBack(String(message.content.body ?? ""));
      };
      return h(
        "div",
        { class: "meta error", role: "alert" },
        `${said} `,
        isAllowed && button(this.words.retry, () => this.conversation.retry(message)),
        message.caseId && mine?.can_appeal !== false && this.appeal(message, message.caseId),
        message.content.msgtype === "m.text" && button(this.words.change, change),
        button(this.words.discard, discard),
      );
    }
    return h(
      "div",
      { class: "meta error", role: "alert" },
      `${this.words.failed} ${message.error} `,
      button(this.words.retry, () => this.conversation.retry(message)),
      button(this.words.discard, discard),
    );
  }

  /** The button that asks for a review, or where it was pressed, the place to say why. */
  private appeal(message: Message, caseId: string): HTMLElement {
    const { words } = this;
    const turn = (key: string) => {
      this.appealing = key;
      this.render();
    };
    if (this.appealing !== message.key) return h("button", { type: "button", onclick: () => turn(message.key) }, words.appeal);
    const input = h("input", { "aria-label": words.appealWhy, placeholder: words.appealWhy, maxlength: 2000, required: true });
    const submit = async (event: Event) => {
      event.preventDefault();
      if (!input.value.trim()) return;
      await this.conversation.appeal(caseId, input.value.trim()).then(
        () => this.onError(words.asked),
        () => this.onError(words.appealFailed),
      );
      turn("");
    };
    setTimeout(() => input.focus());
    return h("form", { class: "appeal", onsubmit: (event: Event) => void submit(event) }, input, h("button", { type: "submit" }, words.appealSend));
  }

  private appealing = "";
  onTakeBack: (text: string) => void = () => {};

  private bubble(message: Message): HTMLElement {
    const { content } = message;
    if (message.isRemoved) return h("div", { class: "bubble removed" }, this.words.removed);
    const body = typeof content.body === "string" ? content.body : "";
    const uri = typeof content.url === "string" && content.url.startsWith("mxc://") ? content.url : "";
    if (uri && content.msgtype === "m.image") return this.picture(body, uri, content.info ?? {});
    if (uri) return this.file(body, uri, content.info ?? {});
    if (!body) return h("div", { class: "bubble removed" }, this.words.encrypted);
    return h("div", { class: "bubble", dir: "auto" }, ...linked(body));
  }

  private picture(name: string, uri: string, info: Record<string, any>): HTMLElement {
    const [width, height] = fitted(Number(info.w), Number(info.h));
    const blank = h("span", { class: "blank" }, "…");
    // Its place is kept free, so that nothing moves when it comes.
    blank.style.width = `${width}px`;
    blank.style.height = `${height}px`;
    const label = this.words.picture(name);
    const button = h("button", { type: "button", "aria-label": label, onclick: () => void this.save(name, uri) }, blank);
    let source = this.pictures.get(uri);
    if (!source) {
      source = this.conversation.api.download(uri, true).then((blob) => URL.createObjectURL(blob));
      this.pictures.set(uri, source);
    }
    source.then(
      (url) => blank.replaceWith(h("img", { src: url, alt: "", width, height })),
      () => {
        this.pictures.delete(uri);
        blank.textContent = this.words.unavailable;
      },
    );
    return h("div", { class: "bubble picture" }, button);
  }

  private file(name: string, uri: string, info: Record<string, any>): HTMLElement {
    const size = Number(info.size) > 0 ? h("small", {}, sizeOf(Number(info.size))) : null;
    const button = h(
      "button",
      { type: "button", "aria-label": this.words.file(name), onclick: () => void this.save(name, uri) },
      icon("file"),
      h("span", {}, name, size),
    );
    return h("div", { class: "bubble file" }, button);
  }

  private async save(name: string, uri: string): Promise<void> {
    try {
      const url = URL.createObjectURL(await this.conversation.api.download(uri, false));
      h("a", { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch {
      this.onError(this.words.unavailable);
    }
  }

  onError: (text: string) => void = () => {};
}

/** A picture's size on the screen, in pixels. */
function fitted(width: number, height: number): [number, number] {
  if (!(width > 0 && height > 0)) return [200, 150];
  const scale = Math.min(1, 240 / width, 240 / height);
  return [Math.max(44, Math.round(width * scale)), Math.max(44, Math.round(height * scale))];
}
