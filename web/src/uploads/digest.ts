/** SHA-256 of files, and the one place that says how it is written. */
import type { Answer, Question } from "./digest.worker";

let worker: Worker | null = null;
let nextId = 1;
const asked = new Map<number, (digest: Uint8Array | null) => void>();

/** The file is gone, or was changed since it was chosen: browsers don't read it then. */
export class Unreadable extends Error {}

/** The SHA-256 of a file's bytes as they are now, in padded base64. Rejects with `Unreadable`. */
export async function digestOf(file: Blob): Promise<string> {
  const digest = await new Promise<Uint8Array | null>((resolve, reject) => {
    worker ??= started();
    worker.addEventListener("error", reject, { once: true });
    const question: Question = { id: nextId++, file };
    asked.set(question.id, resolve);
    worker.postMessage(question);
  });
  if (digest === null) throw new Unreadable();
  return btoa(String.fromCharCode(...digest));
}

function started(): Worker {
  const made = new Worker(new URL("./digest.worker.ts", import.meta.url), { type: "module" });
  made.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    asked.get(data.id)?.(data.digest);
    asked.delete(data.id);
  });
  return made;
}

/** As the header that goes with an upload. RFC 9530 §2 */
export function contentDigest(digest: string): string {
  return `sha-256=:${digest}:`;
}

/** As events carry it: unpadded base64, as everywhere in Matrix. spec: appendices §Unpadded Base64 */
export const CHECKSUM_KEY = "org.roomkeeper.sha256";
export function checksum(digest: string): string {
  return digest.replace(/=+$/, "");
}
