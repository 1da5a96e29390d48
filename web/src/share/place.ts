/** Where files stand that were shared, until somebody has chosen a room for them. */
import { useSyncExternalStore } from "react";

export const SHARED = "share";

function onHash(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

/** The words that were shared (`#/share/<words>`), empty where there are none; null where nothing was. */
export function useShared(): string | null {
  const hash = useSyncExternalStore(onHash, () => window.location.hash);
  const found = /^#\/share\/?(.*)$/s.exec(hash);
  if (found === null) return null;
  try {
    return decodeURIComponent(found[1] ?? "");
  } catch {
    return "";
  }
}
