/** Which tab looks after a file: with two tabs open, one of them uploads it. */

/** Take a file for this tab until it is given back; null where another tab has it. */
export function claim(id: string): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    if (!("locks" in navigator)) return resolve(() => {});
    const held = (lock: Lock | null): Promise<void> | undefined => {
      if (lock === null) return void resolve(null);
      return new Promise<void>((release) => resolve(release));
    };
    navigator.locks.request(`roomkeeper.file.${id}`, { ifAvailable: true }, held).catch(() => resolve(() => {}));
  });
}
