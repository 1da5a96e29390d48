/** How this device tells about messages. Kept on the device: a phone and a desk are told differently. */
import { Changing } from "../parts/changing";

export type Choices = {
  isOn: boolean;
  hasSound: boolean;
  /** Hours in which nothing is told, as "22:00"; they may go over midnight. */
  isQuiet: boolean;
  from: string;
  to: string;
  /** Whether somebody has said no, so that they are not asked again. */
  wasRefused: boolean;
};

const KEY = "roomkeeper.notifications";
const AT_FIRST: Choices = { isOn: false, hasSound: true, isQuiet: false, from: "20:00", to: "08:00", wasRefused: false };

class Preferences extends Changing {
  private choices: Choices = read();

  get now(): Choices {
    return this.choices;
  }

  change(changed: Partial<Choices>): void {
    this.choices = { ...this.choices, ...changed };
    localStorage.setItem(KEY, JSON.stringify(this.choices));
    this.tell();
  }
}

function read(): Choices {
  try {
    return { ...AT_FIRST, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Choices>) };
  } catch {
    return AT_FIRST;
  }
}

export const preferences = new Preferences();

/** Whether a time of the day, "09:30", lies in the quiet hours. */
export function isQuietAt(clock: string, { isQuiet, from, to }: Choices): boolean {
  if (!isQuiet || from === to) return false;
  return from < to ? clock >= from && clock < to : clock >= from || clock < to;
}

export function clockOf(time: Date): string {
  return `${String(time.getHours()).padStart(2, "0")}:${String(time.getMinutes()).padStart(2, "0")}`;
}

/** What the browser says: "default" is not decided yet, "none" a browser that cannot. */
export function permission(): NotificationPermission | "none" {
  return "Notification" in window ? Notification.permission : "none";
}

/** Let the browser ask, where it is not decided, and be told from now on if the answer is yes. */
export async function turnOn(): Promise<boolean> {
  const answer = permission() === "default" ? await Notification.requestPermission() : permission();
  preferences.change({ isOn: answer === "granted", wasRefused: answer !== "granted" });
  return answer === "granted";
}
