/** Whoever the visitor talked with has left: who takes care instead, and the choice. */

import type { Conversation } from "./conversation";
import { h } from "./dom";
import type { Words } from "./words";

/** The type of the state event that says so in a room. */
export const SUCCESSION = "org.roomkeeper.succession";

export interface Succession {
  user_id: string;
  state: "active" | "departed";
  display_name: string;
  successor?: { user_id?: string; display_name: string } | null;
  offer?: { status: string; new_room_id?: string | null } | null;
}

/** How it stands with a conversation that somebody has left. */
export interface Departure {
  userId: string;
  /** They stay, and can be written to; only the visitor is to be somebody else's. */
  isTransfer: boolean;
  status: string;
  /** Empty: not known yet. */
  name: string;
  successor: string;
}

/** What a room says of it; `null`: nothing. */
export function departureOf(content: Record<string, any>): Departure | null {
  if (typeof content.user_id !== "string") return null;
  const { user_id: userId, kind, status } = content;
  return { userId, isTransfer: kind === "transfer", status, name: "", successor: "" };
}

/** The card above the place to write, which it takes where nothing can be written. */
export class Handover {
  readonly element: HTMLElement;
  private readonly title = h("b");
  private readonly text = h("p");
  private readonly go: HTMLButtonElement;
  private readonly later: HTMLButtonElement;
  private shown = "";

  /** `say`: read something out; `hasDraft`: whether something is written and not sent; `done`: where the focus goes. */
  constructor(
    private readonly conversation: Conversation,
    private readonly words: Words,
    private readonly say: (text: string) => void,
    private readonly hasDraft: () => boolean,
    private readonly done: () => void,
  ) {
    this.go = h("button", { type: "button", class: "go", onclick: () => void this.answer(true) });
    this.later = h("button", { type: "button", onclick: () => void this.answer(false) });
    this.element = h(
      "div",
      { class: "ask handover", role: "region", "aria-label": words.handover, hidden: true },
      this.title,
      this.text,
      this.go,
      this.later,
    );
  }

  render(): void {
    const departure = this.conversation.departure;
    this.element.hidden = departure === null || !departure.name;
    if (!departure?.name) {
      this.shown = "";
      return;
    }
    const { name, successor, status, isTransfer } = departure;
    const { words } = this;
    const isDeclined = status === "declined";
    const title = isTransfer ? words.moves(successor) : isDeclined ? words.unreceived(name) : words.left(name);
    const offer = isDeclined ? words.changedMind : isTransfer ? "" : words.takesCare(successor);
    const text = (successor ? offer : words.nobody) + (this.hasDraft() && !isTransfer ? ` ${words.kept}` : "");
    this.go.textContent = words.goOnWith(successor);
    this.later.textContent = isTransfer ? words.stayWith(name) : words.notNow;
    this.go.hidden = !successor;
    this.later.hidden = !successor || isDeclined;
    if (this.shown !== title + text) {
      this.title.textContent = title;
      this.text.textContent = text;
      this.say(`${title}. ${text}`);
      this.shown = title + text;
    }
  }

  /** Put the focus where the visitor can answer. */
  focus(): void {
    this.go.focus();
  }

  private async answer(goOn: boolean): Promise<void> {
    this.go.disabled = this.later.disabled = true;
    try {
      await this.conversation.answer(goOn);
    } catch {
      this.text.textContent = this.words.notAnswered;
      this.say(this.words.notAnswered);
      this.shown = "";
      return;
    } finally {
      this.go.disabled = this.later.disabled = false;
    }
    if (this.element.hidden) this.done();
    else this.focus();
  }
}
