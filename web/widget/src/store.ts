/** What the browser keeps for this page's origin: who the visitor is, and what they were writing. No cookies. */

export interface Kept {
  userId: string;
  token: string;
  roomId: string;
  /** Who the page said that it is; empty: it did not say. */
  subject: string;
}

export class Store {
  private readonly memory = new Map<string, string>();

  constructor(private readonly site: string) {}

  get kept(): Kept | null {
    try {
      const found = JSON.parse(this.read("session") ?? "null");
      return found && typeof found.token === "string" && typeof found.roomId === "string" ? found : null;
    } catch {
      return null;
    }
  }

  set kept(value: Kept | null) {
    this.write("session", value && JSON.stringify(value));
  }

  get draft(): string {
    return this.read("draft") ?? "";
  }

  set draft(text: string) {
    this.write("draft", text || null);
  }

  get isOpen(): boolean {
    return this.read("open") === "1";
  }

  set isOpen(value: boolean) {
    this.write("open", value ? "1" : null);
  }

  private name(key: string): string {
    return `roomkeeper.${this.site}.${key}`;
  }

  private read(key: string): string | null {
    try {
      return localStorage.getItem(this.name(key));
    } catch {
      return this.memory.get(key) ?? null;
    }
  }

  private write(key: string, value: string | null): void {
    try {
      if (value === null) localStorage.removeItem(this.name(key));
      else localStorage.setItem(this.name(key), value);
    } catch {
      // A page may be forbidden to keep anything: then it is kept as long as the page is.
      if (value === null) this.memory.delete(key);
      else this.memory.set(key, value);
    }
  }
}
