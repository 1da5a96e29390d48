/**
 * Sends tracking events in batches: bounded, kept on the device while the server cannot be reached, with `sendBeacon`
 * when the page is left. An event that is sent twice is stored once, so that in doubt it is sent again.
 */
import { ApiError } from "../api";
import { newId, onTracked, type TrackingEvent } from "../track";
import { forgetTracking, knownTracking, ownTracking } from "./choice";

type Message = { type: "track"; event: string; messageId: string; timestamp: string; correlationId: string; properties: TrackingEvent["properties"] };

const EVERY_MS = 5000;
const SOON_MS = 500;
const LONGEST_MS = 300_000;
const MOST_WAITING = 500;
const MOST_AT_ONCE = 100;
/** Browsers take 64 KiB of a page that is being left. */
const MOST_LEAVING = 60_000;
const PLACE = "/v1/batch";
/** The event of the tracking plan with which a full buffer says what is missing. */
const LOST = "tracking_lost";

class Sender {
  private waiting: Message[] = [];
  private lost = 0;
  private timer: number | null = null;
  private pause = EVERY_MS;
  private isBusy = false;
  private isOff = false;
  private readonly shelf: string;

  constructor(private readonly prefix: string) {
    this.shelf = `${prefix}${newId()}`;
    this.adopt();
    window.addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.leave());
    window.addEventListener("online", () => this.wait(SOON_MS));
  }

  take(event: TrackingEvent): void {
    if (this.isOff) return;
    this.waiting.push(messageOf(event));
    this.trim();
    this.wait(this.waiting.length >= MOST_AT_ONCE ? SOON_MS : this.pause);
  }

  stop(): void {
    this.isOff = true;
    this.waiting = [];
    this.keep();
    if (this.timer !== null) window.clearTimeout(this.timer);
  }

  /** What a page left behind that was closed while the server could not be reached. */
  private adopt(): void {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(this.prefix)) continue;
      try {
        this.waiting.push(...(JSON.parse(localStorage.getItem(name) ?? "[]") as Message[]));
      } catch {
        // Nothing that can be read: nothing that could be sent.
      }
      localStorage.removeItem(name);
    }
    this.trim();
    if (this.waiting.length > 0) this.wait(this.pause);
  }

  private trim(): void {
    const over = this.waiting.length - MOST_WAITING;
    if (over > 0) this.lost += this.waiting.splice(0, over).length;
  }

  private keep(): void {
    try {
      if (this.waiting.length === 0) localStorage.removeItem(this.shelf);
      else localStorage.setItem(this.shelf, JSON.stringify(this.waiting));
    } catch {
      // A full or closed store keeps nothing: what waits is sent from memory, or is lost with the page.
    }
  }

  private wait(milliseconds: number): void {
    if (this.timer !== null && milliseconds >= this.pause) return;
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.timer = null;
      void this.send();
    }, milliseconds);
  }

  private async send(): Promise<void> {
    if (this.isBusy || this.isOff || this.waiting.length === 0) return;
    this.isBusy = true;
    try {
      const own = await ownTracking();
      if (!own.enabled || !own.write_key) return this.stop();
      const batch = this.next();
      const answer = await fetch(PLACE, { method: "POST", headers: { "Content-Type": "application/json" }, body: bodyOf(own.write_key, batch) });
      if (answer.status === 401) await ownTracking(true);
      // What the server refuses as it is would be refused again.
      const isDone = answer.ok || (answer.status >= 400 && answer.status < 500 && answer.status !== 401 && answer.status !== 429);
      if (isDone) this.done(batch);
      this.pause = answer.ok ? EVERY_MS : Math.max(this.slower(), 1000 * (Number(answer.headers.get("Retry-After")) || 0));
    } catch (failure) {
      if (failure instanceof ApiError && (failure.status === 404 || failure.status === 403)) return this.stop();
      this.pause = this.slower();
    } finally {
      this.isBusy = false;
    }
    this.keep();
    if (this.waiting.length > 0) this.wait(this.pause);
  }

  private slower(): number {
    return Math.min(LONGEST_MS, this.pause * 2);
  }

  private next(): Message[] {
    if (this.lost > 0) {
      this.waiting.unshift(messageOf({ name: LOST, time: Date.now(), correlationId: "", properties: { count: this.lost } }));
      this.lost = 0;
    }
    return this.waiting.slice(0, MOST_AT_ONCE);
  }

  private done(batch: Message[]): void {
    const ids = new Set(batch.map((message) => message.messageId));
    this.waiting = this.waiting.filter((message) => !ids.has(message.messageId));
  }

  /** The page may be gone in a moment, or only be hidden: what is sent now is sent once more if it stays. */
  private leave(): void {
    if (this.isOff || this.waiting.length === 0) return;
    this.keep();
    const key = knownTracking()?.write_key;
    if (!key) return;
    const batch = this.next();
    while (batch.length > 0) {
      const body = bodyOf(key, batch);
      if (body.length <= MOST_LEAVING) {
        navigator.sendBeacon(PLACE, new Blob([body], { type: "application/json" }));
        return;
      }
      batch.length = Math.floor(batch.length / 2);
    }
  }
}

function messageOf({ name, time, correlationId, properties }: TrackingEvent): Message {
  return { type: "track", event: name, messageId: newId(), timestamp: new Date(time).toISOString(), correlationId, properties };
}

/** `sentAt` is when this device thinks that it is now: the server sees by it how wrong its clock is. */
function bodyOf(writeKey: string, batch: Message[]): string {
  return JSON.stringify({ writeKey, sentAt: new Date().toISOString(), batch });
}

let current: { userId: string; sender: Sender } | null = null;

/** Send what this user does, and has done on this page before. */
export function startSender(userId: string): void {
  if (current?.userId === userId) return;
  const isFirst = current === null;
  if (!isFirst) forgetTracking();
  current = { userId, sender: new Sender(`roomkeeper.tracking.${userId}.`) };
  const before = onTracked((event) => current?.sender.take(event));
  if (isFirst) for (const event of before) current.sender.take(event);
  // The key is there when the page is left. Where the server cannot be reached, it is asked for when it is needed.
  void ownTracking().catch(() => {});
}

/** The user has switched it off, or on again. */
export function switchSender(isOn: boolean): void {
  if (current === null) return;
  current.sender.stop();
  if (isOn) current = { ...current, sender: new Sender(`roomkeeper.tracking.${current.userId}.`) };
}
