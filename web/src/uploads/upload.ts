/** A file on its way, and the message that it is going to be. */
import { MsgType } from "matrix-js-sdk";
import { CHECKSUM_KEY, checksum } from "./digest";
import type { Seal } from "./sealed";
import type { Entry, Message } from "./shelf";

/**
 * waiting: for its turn; uploading; checking: the server looks at it; ready; review: it can be sent, and somebody looks at
 * it before others see it; failed: it can be tried again; refused: it cannot be sent.
 */
export type State = "waiting" | "uploading" | "checking" | "ready" | "review" | "failed" | "refused";
/** What a refused file needs: a smaller one, the file as it is now, or somebody who looks at it again. */
export type Cause = "size" | "changed" | "blocked";

export type Upload = {
  readonly id: string;
  readonly order: number;
  readonly file: File;
  /** The object URL of a picture. */
  readonly preview: string | null;
  readonly info: Record<string, string | number>;
  /** The room or thread in whose composer it stands. */
  place: string;
  state: State;
  /** From 0 to 1. */
  progress: number;
  mxc: string | null;
  madeAt: number;
  digest: string | null;
  /** Whether the server has its bytes: then a message with it may leave. */
  isUploaded: boolean;
  cause: Cause | null;
  /** The server's case of its refusal, if there is one. */
  caseId: string | null;
  /** What is uploaded, where it is not the file itself: for an encrypted room it is encrypted, and `seal` opens it. */
  sealed: { body: Blob; seal: Seal } | null;
  /** Why it has failed or was refused, in words; null where there are no better ones than those for the state. */
  why: string | null;
  /** Whether it goes on by itself when the server can be reached again. */
  isCutOff: boolean;
  attempts: number;
  abort: AbortController;
  /** What was written with it, from when it was sent off: it leaves as soon as it is ready. */
  message: Message | null;
};

let last = 0;

export function newUpload(file: File, place: string, kept?: Entry): Upload {
  last = Math.max(last + 1, Date.now());
  return {
    id: kept?.id ?? crypto.getRandomValues(new Uint32Array(4)).join("-"), order: kept?.order ?? last, file, place,
    preview: file.type.startsWith("image/") ? URL.createObjectURL(file) : null,
    info: { mimetype: file.type || "application/octet-stream", size: file.size },
    state: kept?.isUploaded ? "checking" : "waiting", progress: 0, isUploaded: kept?.isUploaded ?? false, cause: null, caseId: kept?.caseId ?? null, mxc: kept?.mxc ?? null, madeAt: kept?.madeAt ?? 0, digest: kept?.digest ?? null, sealed: null,
    why: null, isCutOff: false, attempts: 0, abort: new AbortController(), message: kept?.message ?? null,
  };
}

export function entryOf(upload: Upload, user: string): Entry {
  const { id, place, order, mxc, madeAt, digest, message, caseId } = upload;
  return { id, user, place, order, mxc, madeAt, digest, isUploaded: upload.isUploaded && upload.sealed === null, message, caseId };
}

/** How big a picture is, so that there is a place for it before it is there. */
export async function measure(upload: Upload): Promise<void> {
  if (upload.preview === null || upload.info["w"] !== undefined) return;
  try {
    const picture = await createImageBitmap(upload.file);
    Object.assign(upload.info, { w: picture.width, h: picture.height });
    picture.close();
  } catch {
    // Not a picture that this browser knows: it is sent all the same.
  }
}

/** The content of the message that the file is. `written` is that of the text that goes with it, or null. */
export function fileContent(upload: Upload, written: Record<string, unknown> | null): Record<string, unknown> {
  const name = upload.file.name || "file";
  return { body: name, "m.mentions": {}, ...written, msgtype: typeOf(upload.file.type), filename: name };
}

/** The same as it is sent: with the id of the file, and the checksum of the bytes that are held now. */
export function sentContent(upload: Upload, digest: string): Record<string, unknown> {
  const file = upload.sealed === null ? { url: upload.mxc } : { file: { ...upload.sealed.seal, url: upload.mxc } };
  return { ...upload.message?.content, ...file, info: upload.info, [CHECKSUM_KEY]: checksum(digest) };
}

function typeOf(type: string): MsgType {
  if (type.startsWith("image/")) return MsgType.Image;
  if (type.startsWith("video/")) return MsgType.Video;
  return type.startsWith("audio/") ? MsgType.Audio : MsgType.File;
}
