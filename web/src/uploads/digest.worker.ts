/** Checksums away from the page's own thread: a file is read in pieces, so that a large one takes no memory. */
import { sha256 } from "@noble/hashes/sha2.js";

const PIECE = 4 * 1024 * 1024;

export type Question = { id: number; file: Blob };
/** `digest` is null where the file cannot be read any more. */
export type Answer = { id: number; digest: Uint8Array | null };

async function digestOf(file: Blob): Promise<Uint8Array> {
  const hash = sha256.create();
  for (let start = 0; start < file.size; start += PIECE) {
    hash.update(new Uint8Array(await file.slice(start, start + PIECE).arrayBuffer()));
  }
  return hash.digest();
}

self.addEventListener("message", ({ data: { id, file } }: MessageEvent<Question>) => {
  const answer = (digest: Answer["digest"]): void => self.postMessage({ id, digest } satisfies Answer);
  digestOf(file).then(answer, () => answer(null));
});
