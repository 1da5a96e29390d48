/** Something that changes in place and tells so, as the SDK's objects do; made for `useVersion`. */
export class Changing {
  private readonly listeners = new Set<() => void>();

  on(_event: string, listener: () => void): void {
    this.listeners.add(listener);
  }

  off(_event: string, listener: () => void): void {
    this.listeners.delete(listener);
  }

  protected tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

/** The events of a `Changing`, as `useVersion` takes them. */
export const CHANGED: readonly string[] = ["changed"];
