/** Whether the conversation is recorded, and the question whether it may be. */

import type { Conversation } from "./conversation";
import { h, icon } from "./dom";
import type { Words } from "./words";

/** The type of the state event that says so in a room. */
export const RECORDING = "org.roomkeeper.recording";

export interface Recording {
  recorded: boolean;
  consent: string;
}

/** What a room says of it; `null`: nothing. */
export function recordingOf(content: Record<string, any>): Recording | null {
  return typeof content.recorded === "boolean" ? { recorded: content.recorded, consent: String(content.consent ?? "") } : null;
}

const CAN_CHANGE: readonly string[] = ["given", "refused"];
const ANSWERS: readonly string[] = ["asked", ...CAN_CHANGE];

/** The line above the conversation, and the card above the place to write. */
export class Consent {
  readonly line: HTMLElement;
  readonly card: HTMLElement;
  private readonly label = h("span");
  private readonly change: HTMLButtonElement;
  private readonly text = h("p");
  private readonly yes: HTMLButtonElement;
  private readonly no: HTMLButtonElement;
  private isAskedAgain = false;
  private shown = "";

  /** `say`: read something out; `done`: where the focus goes. */
  constructor(
    private readonly conversation: Conversation,
    private readonly words: Words,
    private readonly say: (text: string) => void,
    private readonly done: () => void,
    /** The site says something of its own above the conversation: that it is recorded need not stand there twice. */
    private readonly hasNotice: boolean,
  ) {
    const button = (text: string, onclick: () => void, more = {}) => h("button", { type: "button", onclick, ...more }, text);
    this.change = button(words.changeMind, () => this.ask(), { class: "change" });
    this.line = h("div", { class: "notice recording", hidden: true }, icon("info"), this.label, this.change);
    this.yes = button(words.agree, () => void this.answer(true), { class: "go" });
    this.no = button(words.disagree, () => void this.answer(false));
    this.card = h("div", { class: "ask consent", role: "region", "aria-label": words.mayRecord, hidden: true }, h("b", {}, words.mayRecord), this.text, this.yes, this.no);
  }

  render(): void {
    const recording = this.conversation.isOn ? this.conversation.recording : null;
    const { words } = this;
    const isSaid = this.hasNotice && recording?.recorded === true && !ANSWERS.includes(recording.consent);
    this.line.hidden = recording === null || isSaid;
    const isAsked = recording !== null && (recording.consent === "asked" || this.isAskedAgain);
    this.card.hidden = !isAsked;
    if (recording === null) return;
    this.label.textContent = recording.recorded ? words.recorded : words.notRecorded;
    this.change.hidden = !CAN_CHANGE.includes(recording.consent) || this.isAskedAgain;
    const text = this.isAskedAgain ? "" : recording.recorded ? words.recordedUntil : words.recordedAfter;
    if (isAsked && this.shown !== text + recording.consent) {
      this.text.textContent = text;
      this.say(`${words.mayRecord} ${text}`);
      this.shown = text + recording.consent;
    }
    if (!isAsked) this.shown = "";
  }

  private ask(): void {
    this.isAskedAgain = true;
    this.render();
    this.yes.focus();
  }

  private async answer(agrees: boolean): Promise<void> {
    this.yes.disabled = this.no.disabled = true;
    try {
      await this.conversation.consent(agrees);
    } catch {
      this.text.textContent = this.words.notAnswered;
      this.say(this.words.notAnswered);
      return;
    } finally {
      this.yes.disabled = this.no.disabled = false;
    }
    this.isAskedAgain = false;
    this.render();
    this.done();
  }
}
