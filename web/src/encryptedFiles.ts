/** Files in encrypted rooms: the server has them encrypted, the message has the key. spec: client-server §Sending encrypted attachments */

import { ALGORITHM, COUNTER_BITS, type Seal, unpadded } from "./uploads/sealed";

export type EncryptedFile = Seal & { url: string };

const PLAYABLE = /^(image\/(png|jpeg|gif|webp|avif)|video\/[\w.+-]+|audio\/[\w.+-]+)$/;

/** Decrypt what was downloaded. Rejects where it is not what the message says. */
export async function decrypt(blob: Blob, file: EncryptedFile): Promise<Blob> {
  const data = await blob.arrayBuffer();
  const hash = await crypto.subtle.digest("SHA-256", data);
  if (unpadded(new Uint8Array(hash)) !== (file.hashes["sha256"] ?? "").replace(/=+$/, "")) throw new Error("the file was changed on its way");
  const key = await crypto.subtle.importKey("jwk", file.key, { name: ALGORITHM }, false, ["decrypt"]);
  const clear = await crypto.subtle.decrypt({ name: ALGORITHM, counter: decoded(file.iv), length: COUNTER_BITS }, key, data);
  return new Blob([clear], { type: typeOf(new Uint8Array(clear)) });
}

/** What others call a file is not believed: it would run as a page of ours. */
function typeOf(bytes: Uint8Array): string {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  const found = start.startsWith("\x89PNG") ? "image/png" : start.startsWith("\xff\xd8\xff") ? "image/jpeg" : start.startsWith("GIF8") ? "image/gif"
    : start.startsWith("RIFF") && start.endsWith("WEBP") ? "image/webp" : start.slice(4, 8) === "ftyp" ? "video/mp4" : start.startsWith("\x1aE\xdf\xa3") ? "video/webm"
    : start.startsWith("OggS") ? "audio/ogg" : start.startsWith("ID3") ? "audio/mpeg" : "";
  return PLAYABLE.test(found) ? found : "application/octet-stream";
}

function decoded(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}
