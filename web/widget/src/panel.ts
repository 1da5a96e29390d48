/** The button and the panel, in a shadow tree: what the page's style sheets say does not reach them. */

import { RequestFailed, type Appearance } from "./api";
import { Attachments } from "./attachments";
import { colourOr, onColour, readable } from "./colour";
import { Consent } from "./consent";
import type { Conversation } from "./conversation";
import type { Message } from "./messages";
import { h, icon } from "./dom";
import { Ending } from "./ending";
import { Handover } from "./handover";
import type { Store } from "./store";
import { STYLE } from "./style";
import { Timeline } from "./timeline";
import type { Words } from "./words";

export interface Look {
  accent: string;
  theme: "light" | "dark" | "";
  language: string;
  label: string;
}

const ACCENT = "#0b6bcb";
const SURFACES = { light: "#ffffff", dark: "#1a1b1e" };
const TYPING_MS = 4000;

export class Panel {
  readonly host = document.createElement("div");
  private readonly root = h("div", { class: "root" });
  private readonly launcher: HTMLButtonElement;
  private readonly badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
  private readonly panel: HTMLElement;
  private readonly status = h("p");
  private readonly offline: HTMLElement;
  private readonly typing = h("div", { class: "typing" });
  private readonly live = h("div", { class: "hidden", role: "status", "aria-live": "polite" });
  private readonly input: HTMLTextAreaElement;
  private readonly sendButton: HTMLButtonElement;
  private readonly timeline: Timeline;
  private readonly attachments: Attachments;
  private readonly ending: Ending;
  private readonly handover: Handover;
  private readonly consent: Consent;
  private readonly form: HTMLFormElement;
  private lastTyping = 0;

  constructor(
    private readonly conversation: Conversation,
    private readonly store: Store,
    private readonly appearance: Appearance,
    private readonly look: Look,
    private readonly words: Words,
  ) {
    this.timeline = new Timeline(conversation, words, look.language, () => appearance.greeting || words.greeting);
    this.timeline.onError = (text) => this.say(text);
    this.timeline.onTakeBack = (text) => this.takeBack(text);
    this.attachments = new Attachments(conversation, words, () => this.renderSend(), (text) => this.say(text));
    this.ending = new Ending(conversation, words, (text) => this.say(text), () => this.input.focus());
    const hasDraft = (): boolean => this.input.value.trim() !== "" || !this.attachments.isEmpty;
    this.handover = new Handover(conversation, words, (text) => this.say(text), hasDraft, () => this.input.focus());
    this.consent = new Consent(conversation, words, (text) => this.say(text), () => this.input.focus(), Boolean(appearance.notice));
    this.form = h("form", { onsubmit: (event: Event) => this.onSubmit(event) });
    this.launcher = h("button", { type: "button", class: "launcher", "aria-haspopup": "dialog", onclick: () => this.toggle() });
    this.input = h("textarea", {
      rows: 1,
      maxlength: 20_000,
      placeholder: words.write,
      "aria-label": words.message,
      oninput: () => this.onInput(),
      onkeydown: (event: KeyboardEvent) => this.onInputKey(event),
      onpaste: (event: ClipboardEvent) => this.attachments.add(event.clipboardData?.files ?? []),
    });
    this.sendButton = h("button", { type: "submit", class: "icon send", "aria-label": words.send }, icon("send"));
    this.offline = h("div", { class: "offline", hidden: true }, icon("offline"), words.offline);
    this.panel = this.build();
    this.mount();
    conversation.onChange = () => this.render();
    conversation.onMessage = (message) => this.announce(message);
    conversation.onRefused = (text) => this.takeBack(text);
    this.input.value = store.draft;
  }

  private build(): HTMLElement {
    const { words } = this;
    const title = h("h2", { id: "title" }, this.appearance.title || words.title);
    const close = h(
      "button",
      { type: "button", class: "icon", "aria-label": words.close, onclick: () => this.close() },
      icon("close"),
    );
    const picker = h("input", { type: "file", multiple: true, hidden: true, tabindex: -1, "aria-hidden": "true" });
    picker.addEventListener("change", () => {
      this.attachments.add([...(picker.files ?? [])]);
      picker.value = "";
    });
    const camera = h("input", { type: "file", accept: "image/*,video/*", capture: "environment", hidden: true, tabindex: -1, "aria-hidden": "true" });
    camera.addEventListener("change", () => {
      this.attachments.add([...(camera.files ?? [])]);
      camera.value = "";
    });
    const shoot =
      matchMedia("(pointer: coarse)").matches &&
      h("button", { type: "button", class: "icon", "aria-label": words.camera, onclick: () => camera.click() }, icon("camera"));
    const attach = h(
      "button",
      { type: "button", class: "icon", "aria-label": words.attach, onclick: () => picker.click() },
      icon("clip"),
    );
    const row = h("div", { class: "row" }, attach, picker, shoot, shoot && camera, this.input, this.sendButton);
    this.form.append(this.attachments.element, row);
    const notice = this.appearance.notice && h("div", { class: "notice" }, icon("info"), this.appearance.notice);
    const panel = h(
      "div",
      { class: "panel", role: "dialog", "aria-modal": "true", "aria-labelledby": "title", hidden: true },
      h("header", {}, h("div", {}, title, this.status), this.ending.button, close),
      this.ending.menu,
      notice,
      this.consent.line,
      this.offline,
      this.timeline.element,
      this.typing,
      this.ending.question,
      this.consent.card,
      this.handover.element,
      this.form,
    );
    panel.addEventListener("keydown", (event) => this.onKey(event));
    panel.addEventListener("dragover", (event) => this.onDrag(event, true));
    panel.addEventListener("dragleave", (event) => this.onDrag(event, false));
    panel.addEventListener("drop", (event) => {
      this.onDrag(event, false);
      this.attachments.add(event.dataTransfer?.files ?? []);
    });
    return panel;
  }

  private mount(): void {
    this.host.lang = this.look.language;
    // What a page says of all its elements must not reach this one, nor may it take any room.
    for (const [name, value] of [
      ["all", "initial"],
      ["position", "fixed"],
      ["z-index", "2147483000"],
      ["inset", "auto"],
      ["width", "0"],
      ["height", "0"],
    ] as const)
      this.host.style.setProperty(name, value, "important");
    this.host.setAttribute("data-roomkeeper", "");
    const shadow = this.host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    this.root.append(this.panel, this.launcher, this.live);
    shadow.append(this.root);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.paint(dark.matches));
    this.paint(dark.matches);
    document.addEventListener("visibilitychange", () => this.renderRead());
    document.body.append(this.host);
    this.render();
    if (this.store.isOpen && matchMedia("(min-width: 481px)").matches) this.open(false);
  }

  private paint(isDark: boolean): void {
    const theme = this.look.theme || (isDark ? "dark" : "light");
    const accent = colourOr(this.look.accent, colourOr(this.appearance.accent, ACCENT));
    this.host.setAttribute("data-theme", theme);
    this.root.style.setProperty("--accent", accent);
    this.root.style.setProperty("--on-accent", onColour(accent));
    this.root.style.setProperty("--link", readable(accent, SURFACES[theme]));
  }

  // ---------------------------------------------------------------- opening and closing

  get isOpen(): boolean {
    return !this.panel.hidden;
  }

  toggle(): void {
    if (this.isOpen) this.close();
    else this.open();
  }

  open(takeFocus = true): void {
    this.panel.hidden = false;
    this.root.classList.add("open");
    this.store.isOpen = true;
    this.render();
    this.grow();
    this.timeline.toEnd();
    if (takeFocus && this.conversation.isOff) this.handover.focus();
    else if (takeFocus) this.input.focus();
  }

  close(): void {
    this.panel.hidden = true;
    this.root.classList.remove("open");
    this.store.isOpen = false;
    this.render();
    this.launcher.focus();
  }

  // ---------------------------------------------------------------- showing

  private render(): void {
    const { conversation, words } = this;
    const isOpen = this.isOpen;
    if (isOpen) this.timeline.render();
    this.renderRead();
    const isAsked = conversation.departure?.status === "waiting" && conversation.departure.name !== "";
    const unread = isOpen ? 0 : Math.max(conversation.unread, isAsked ? 1 : 0);
    const wasOff = this.form.hidden;
    this.form.hidden = conversation.isOff;
    if (wasOff && !this.form.hidden) this.grow();
    if (isOpen) this.handover.render();
    if (isOpen) this.consent.render();
    this.badge.textContent = unread > 99 ? "99+" : String(unread);
    this.badge.hidden = unread === 0;
    this.launcher.replaceChildren(icon(isOpen ? "down" : "chat"), this.badge);
    this.launcher.setAttribute("aria-expanded", String(isOpen));
    this.launcher.setAttribute("aria-label", isOpen ? words.close : this.label(unread));
    setText(this.status, this.statusText());
    this.offline.hidden = !conversation.isOffline;
    setText(this.typing, conversation.typing.map((userId) => words.typing(conversation.nameOf(userId))).join(" "));
    this.ending.render();
    this.renderSend();
  }

  private label(unread: number): string {
    return unread ? this.words.openUnread(unread) : this.look.label || this.words.open;
  }

  private statusText(): string {
    const { conversation, words } = this;
    if (conversation.isEnded) return words.ended;
    if (conversation.isSignedOut) return words.signedOut;
    if (conversation.state === "waiting") return words.waiting;
    if (conversation.state === "closed") return words.closed;
    if (conversation.isOff) return "";
    return conversation.staff && conversation.state === "open" ? conversation.nameOf(conversation.staff) : "";
  }

  private renderSend(): void {
    const hasSomething = this.input.value.trim() !== "" || this.attachments.canSend;
    this.sendButton.disabled = !hasSomething || !this.attachments.isReady;
  }

  private renderRead(): void {
    if (this.isOpen && document.visibilityState === "visible") this.conversation.read();
  }

  private announce(message: Message): void {
    const name = this.conversation.nameOf(message.sender);
    this.say(this.words.from(name, String(message.content.body ?? "")));
  }

  private say(text: string): void {
    // The same words again are read again.
    this.live.replaceChildren(h("span", {}, text));
  }

  // ---------------------------------------------------------------- writing

  private onInput(): void {
    this.grow();
    this.store.draft = this.input.value;
    this.renderSend();
    const now = Date.now();
    if (this.input.value && now - this.lastTyping > TYPING_MS) {
      this.lastTyping = now;
      this.conversation.tell(true);
    }
  }

  private grow(): void {
    this.input.style.height = "44px";
    this.input.style.height = `${Math.min(120, Math.max(44, this.input.scrollHeight + 2))}px`;
  }

  private onInputKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit();
  }

  private onSubmit(event: Event): void {
    event.preventDefault();
    this.submit();
    this.input.focus();
  }

  private submit(): void {
    if (this.sendButton.disabled) return;
    const text = this.input.value.trim();
    this.timeline.toEnd();
    void this.attachments.take().then((files) => {
      for (const [content, file] of files) this.conversation.send(content, file);
      if (text) this.conversation.send({ msgtype: "m.text", body: text });
    });
    this.input.value = this.store.draft = "";
    this.grow();
    this.renderSend();
    if (this.lastTyping) this.conversation.tell(false);
    this.lastTyping = 0;
  }

  /** Words that were refused are changed where they were written; they stand before what has been written since. */
  private takeBack(text: string): void {
    this.input.value = this.store.draft = this.input.value.trim() ? `${text}\n${this.input.value}` : text;
    this.grow();
    this.renderSend();
    this.input.focus();
  }

  // ---------------------------------------------------------------- keys

  private onKey(event: KeyboardEvent): void {
    // The page's own keys are not meant by what is typed here.
    event.stopPropagation();
    if (event.key === "Escape" && !this.ending.back()) this.close();
    if (event.key !== "Tab") return;
    const places = [...this.panel.querySelectorAll<HTMLElement>("button, textarea, a[href], [tabindex='0']")].filter(
      (each) => !each.hasAttribute("disabled") && each.getClientRects().length > 0,
    );
    const active = (this.host.shadowRoot as ShadowRoot).activeElement;
    const edge = event.shiftKey ? places[0] : places.at(-1);
    if (active !== edge) return;
    event.preventDefault();
    (event.shiftKey ? places.at(-1) : places[0])?.focus();
  }

  private onDrag(event: DragEvent, isOver: boolean): void {
    event.preventDefault();
    this.panel.classList.toggle("dragging", isOver);
  }

  /** What went wrong when the conversation was begun. */
  fail(error: unknown): void {
    this.say(error instanceof RequestFailed && error.message ? error.message : this.words.refused);
  }
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
