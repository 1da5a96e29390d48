/** Where files stand that were shared, until somebody has chosen a room for them. */
import { useMemo, useSyncExternalStore } from "react";

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

/** A file that another program of this person has uploaded: `#/attach/<server:id>/<SHA-256, hexadecimal>/<name>/<room>`. */
export type Attached = { mxc: string; sha256: string; name: string; roomId: string | null };

export function useAttached(): Attached | null {
  const hash = useSyncExternalStore(onHash, () => window.location.hash);
  return useMemo(() => attachedIn(hash), [hash]);
}

function attachedIn(hash: string): Attached | null {
  const found = /^#\/attach\/([^/]+)\/([0-9a-f]{64})\/([^/]*)\/([^/]*)$/.exec(hash);
  if (found === null) return null;
  try {
    const [medium = "", sha256 = "", name = "", room = ""] = found.slice(1).map(decodeURIComponent);
    const cut = medium.lastIndexOf(":");
    return { mxc: `mxc://${medium.slice(0, cut)}/${medium.slice(cut + 1)}`, sha256, name, roomId: room || null };
  } catch {
    return null;
  }
}
