/** The menu of the panel, and the question before a conversation is ended: nothing dangerous is one click. */

import type { Conversation } from "./conversation";
import { h, icon } from "./dom";
import type { Words } from "./words";

export class Ending {
  readonly button: HTMLButtonElement;
  readonly menu: HTMLElement;
  readonly question: HTMLElement;
  private readonly item: HTMLButtonElement;
  private readonly stay: HTMLButtonElement;
  private readonly go: HTMLButtonElement;

  /** `say`: read something out; `done`: where the focus goes afterwards. */
  constructor(
    private readonly conversation: Conversation,
    private readonly words: Words,
    private readonly say: (text: string) => void,
    private readonly done: () => void,
  ) {
    const button = (text: string, onclick: () => void, more = {}) => h("button", { type: "button", onclick, ...more }, text);
    this.button = h(
      "button",
      {
        type: "button",
        class: "icon",
        hidden: true,
        "aria-label": words.menu,
        "aria-haspopup": "menu",
        onclick: () => this.showMenu(this.menu.hidden),
      },
      icon("more"),
    );
    this.item = button(words.end, () => this.ask(), { role: "menuitem" });
    this.menu = h("div", { class: "menu", role: "menu", "aria-label": words.menu, hidden: true }, this.item);
    this.menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget !== this.button) this.showMenu(false);
    });
    this.stay = button(words.goOn, () => this.leave());
    this.go = button(words.endNow, () => void this.finish(), { class: "danger" });
    this.question = h(
      "div",
      { class: "ask", role: "alertdialog", "aria-labelledby": "ending", hidden: true },
      h("p", { id: "ending" }, words.endAsked),
      this.go,
      this.stay,
    );
  }

  render(): void {
    const { isOn, state } = this.conversation;
    this.button.hidden = !isOn || state === "closed" || state === "new";
    this.button.setAttribute("aria-expanded", String(!this.menu.hidden));
    if (this.button.hidden) this.menu.hidden = this.question.hidden = true;
  }

  /** Esc goes back one step; whether there was one to go back here. */
  back(): boolean {
    if (!this.menu.hidden) {
      this.showMenu(false);
      this.button.focus();
      return true;
    }
    if (this.question.hidden) return false;
    this.leave();
    return true;
  }

  private showMenu(isShown: boolean): void {
    this.menu.hidden = !isShown;
    this.render();
    if (isShown) this.item.focus();
  }

  private ask(): void {
    this.question.hidden = false;
    this.showMenu(false);
    this.stay.focus();
  }

  private leave(): void {
    this.question.hidden = true;
    this.done();
  }

  private async finish(): Promise<void> {
    this.go.disabled = true;
    try {
      await this.conversation.finish();
      this.say(this.words.ended);
    } catch {
      this.say(this.words.notEnded);
      this.question.querySelector("p")!.textContent = this.words.notEnded;
      return;
    } finally {
      this.go.disabled = false;
    }
    this.question.querySelector("p")!.textContent = this.words.endAsked;
    this.leave();
  }
}
