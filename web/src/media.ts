/** Media of the server, which are given out to signed-in people alone: fetched with the token, shown as object URLs. */
import type { MatrixClient } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import type { EncryptedFile } from "./encryptedFiles";
import { useClient } from "./hooks";

/** Where a media file is; one of an encrypted room with what opens it. */
export type Source = string | EncryptedFile;

export type Size = { width: number; height: number; crop?: boolean };

const MOST_KEPT = 300;
const kept = new Map<string, Promise<string>>();
const MOST_OWN = 60;
const own = new Map<string, string>();

/** Show a file that this device has from here: `url` is an object URL. */
export function showFrom(mxc: string, url: string): void {
  own.set(mxc, url);
  if (own.size > MOST_OWN) own.delete(own.keys().next().value as string);
}

export function mxcOf(source: Source | null | undefined): string | null {
  return (typeof source === "string" ? source : source?.url) || null;
}

/** What the content of a message has as its file. spec: client-server §Sending encrypted attachments */
export function sourceOf(content: Record<string, unknown>): Source | null {
  const file = content["file"] as EncryptedFile | undefined;
  if (file && typeof file === "object" && typeof file.url === "string") return file;
  return typeof content["url"] === "string" ? content["url"] : null;
}

/** The object URL of a media file, or of a thumbnail of it: of an encrypted one always the whole. Rejects where it cannot be had. */
export function mediaUrl(client: MatrixClient, source: Source, wanted?: Size): Promise<string> {
  const mxc = mxcOf(source) ?? "";
  const here = own.get(mxc);
  if (here !== undefined) return Promise.resolve(here);
  const size = typeof source === "string" ? wanted : undefined;
  const url = client.mxcUrlToHttp(mxc, size?.width, size?.height, size && (size.crop ? "crop" : "scale"), false, true, true);
  if (url === null) return Promise.reject(new Error("not a media URL"));
  const known = kept.get(url);
  if (known !== undefined) return known;
  const fetched = fetchBlob(client, url).then((blob) => opened(blob, source)).then((blob) => URL.createObjectURL(blob));
  kept.set(url, fetched);
  fetched.catch(() => kept.delete(url));
  dropOldest();
  return fetched;
}

/** A media file as a file of this device. Rejects where it cannot be had. */
export async function fileOf(client: MatrixClient, mxc: string, name: string): Promise<File> {
  const url = client.mxcUrlToHttp(mxc, undefined, undefined, undefined, false, true, true);
  if (url === null) throw new Error("not a media URL");
  const blob = await fetchBlob(client, url);
  return new File([blob], name || "file", { type: blob.type });
}

/** The server shows this file to nobody now but to who sent it. */
export class WithheldFile extends Error {}

/** The browser keeps files, but the server is asked each time whether they are still shown; where it can't be reached, they are. */
async function fetchBlob(client: MatrixClient, url: string): Promise<Blob> {
  const headers = { authorization: `Bearer ${client.getAccessToken()}` };
  const answer = await fetch(url, { headers, cache: "no-cache" }).catch(() => fetch(url, { headers, cache: "force-cache" }));
  if (answer.ok) return answer.blob();
  const said = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  throw said["org.roomkeeper.reason"] === "withheld" ? new WithheldFile() : new Error(`the server answered ${answer.status}`);
}

async function opened(blob: Blob, source: Source): Promise<Blob> {
  return typeof source === "string" ? blob : (await import("./encryptedFiles")).decrypt(blob, source);
}

function dropOldest(): void {
  if (kept.size <= MOST_KEPT) return;
  const [url, made] = kept.entries().next().value as [string, Promise<string>];
  kept.delete(url);
  made.then(URL.revokeObjectURL, () => {});
}

export type Media = { state: "loading" } | { state: "failed"; isWithheld: boolean } | { state: "ready"; url: string };

function atFirst(source: Source | null | undefined): Media {
  const here = own.get(mxcOf(source) ?? "");
  return here === undefined ? { state: "loading" } : { state: "ready", url: here };
}

export function useMedia(source: Source | null | undefined, width?: number, height?: number, crop = false): Media {
  const client = useClient();
  const [media, setMedia] = useState<Media>(() => atFirst(source));
  useEffect(() => {
    if (!source) return undefined;
    let isOver = false;
    setMedia(atFirst(source));
    mediaUrl(client, source, width && height ? { width, height, crop } : undefined).then(
      (url) => !isOver && setMedia({ state: "ready", url }),
      (failure: unknown) => !isOver && setMedia({ state: "failed", isWithheld: failure instanceof WithheldFile }),
    );
    return () => {
      isOver = true;
    };
  }, [client, mxcOf(source), width, height, crop]);
  return media;
}

/** Give a media file to the browser to keep. */
export async function download(client: MatrixClient, source: Source, name: string): Promise<void> {
  const link = document.createElement("a");
  link.href = await mediaUrl(client, source);
  link.download = name;
  link.click();
}
