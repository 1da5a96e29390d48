/** Telling where one is while one moves: to safety alone, and to the groups where one has agreed to it. */
import { Changing } from "../parts/changing";
import { storedCredentials } from "../session";
import { currentPosition, type Here, hereOf, NoPosition, whyNot } from "./position";

type Target = (here: Here) => Promise<unknown>;
/** Between two positions; nobody runs further than the area of an event meanwhile. */
const PAUSE_MS = 10_000;
/** Who does not move is there all the same. */
const AGAIN_MS = 60_000;

class Live extends Changing {
  private readonly targets = new Map<string, Target>();
  private who: string | undefined;
  private watch: number | null = null;
  private again: ReturnType<typeof setInterval> | undefined;
  private later: ReturnType<typeof setTimeout> | undefined;
  private readonly told = new Map<string, number>();
  here: Here | null = null;
  error: NoPosition | null = null;

  has(key: string): boolean {
    return this.targets.has(key);
  }

  start(key: string, target: Target): void {
    this.who = storedCredentials()?.userId;
    this.targets.set(key, target);
    this.told.delete(key);
    if (this.watch === null && "geolocation" in navigator) {
      this.watch = navigator.geolocation.watchPosition((found) => this.moved(hereOf(found)), (error) => this.failed(whyNot(error)), { enableHighAccuracy: true });
      this.again = setInterval(() => void currentPosition().then((here) => this.moved(here), (error: unknown) => error instanceof NoPosition && this.failed(error)), AGAIN_MS);
    } else if (this.here) this.moved(this.here);
    this.tell();
  }

  stop(key: string): void {
    this.targets.delete(key);
    if (this.targets.size === 0 && this.watch !== null) {
      navigator.geolocation.clearWatch(this.watch);
      clearInterval(this.again);
      clearTimeout(this.later);
      this.later = undefined;
      this.watch = this.here = this.error = null;
    }
    this.tell();
  }

  private moved(here: Here): void {
    // Somebody else is signed in here by now: nothing is told in their name.
    if (storedCredentials()?.userId !== this.who) return [...this.targets.keys()].forEach((key) => this.stop(key));
    if (this.targets.size === 0) return;
    this.here = here;
    this.error = null;
    for (const [key, target] of this.targets) {
      const left = (this.told.get(key) ?? 0) + PAUSE_MS - Date.now();
      if (left > 0) {
        // Who stops now has told where they were before: the last step is told, too.
        this.later ??= setTimeout(() => this.goOn(), left);
        continue;
      }
      this.told.set(key, Date.now());
      // The next one is told all the same.
      target(here).catch(() => this.told.delete(key));
    }
    this.tell();
  }

  private goOn(): void {
    this.later = undefined;
    if (this.here) this.moved(this.here);
  }

  private failed(error: NoPosition): void {
    this.error = error;
    this.tell();
  }
}

export const live = new Live();
