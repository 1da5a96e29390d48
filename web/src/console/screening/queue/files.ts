/** Files of cases, which only those who decide may see: fetched with their token, kept while they are shown. */
import { useEffect, useState } from "react";
import { request } from "../../../api";
import type { CaseMedium } from "../types";

export type Family = "image" | "video" | "audio" | "other";
const SHOWN = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;

/** How a file is shown: what no browser draws safely is only offered to be kept. */
export function familyOf({ content_type: type = "" }: CaseMedium): Family {
  if (SHOWN.test(type)) return "image";
  if (type.startsWith("video/")) return "video";
  return type.startsWith("audio/") ? "audio" : "other";
}

export function useFile(caseId: string, medium: CaseMedium, isWanted: boolean): { url: string | null; error: unknown } {
  const [state, setState] = useState<{ url: string | null; error: unknown }>({ url: null, error: null });
  const path = `/_roomkeeper/v1/screening/cases/${encodeURIComponent(caseId)}/media/${encodeURIComponent(medium.media_id)}`;
  useEffect(() => {
    if (!isWanted) return;
    const stop = new AbortController();
    let url: string | null = null;
    request("GET", path, { signal: stop.signal }).then((answer) => answer.blob()).then(
      (blob) => {
        if (stop.signal.aborted) return;
        // Nothing of it is ever run: what is not shown has a type that is only kept.
        const type = familyOf(medium) === "other" ? "application/octet-stream" : medium.content_type!;
        url = URL.createObjectURL(new Blob([blob], { type }));
        setState({ url, error: null });
      },
      (error: unknown) => !stop.signal.aborted && setState({ url: null, error }),
    );
    return () => {
      stop.abort();
      if (url !== null) URL.revokeObjectURL(url);
    };
  }, [path, isWanted]);
  return state;
}
