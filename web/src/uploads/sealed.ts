/** Files for encrypted rooms: the server gets them encrypted, the message has the key. spec: client-server §Sending encrypted attachments */

export const ALGORITHM = "AES-CTR";
export const COUNTER_BITS = 64;

/** What a message says of such a file, but for its `url`. */
export type Seal = { v: "v2"; key: JsonWebKey; iv: string; hashes: { sha256: string } };

/** Encrypt a file with a key of its own. Rejects where the file cannot be read. */
export async function seal(file: Blob): Promise<{ body: Blob; seal: Seal }> {
  const key = await crypto.subtle.generateKey({ name: ALGORITHM, length: 256 }, true, ["encrypt", "decrypt"]);
  const counter = new Uint8Array(16);
  crypto.getRandomValues(counter.subarray(0, COUNTER_BITS / 8));
  const encrypted = await crypto.subtle.encrypt({ name: ALGORITHM, counter, length: COUNTER_BITS }, key, await file.arrayBuffer());
  const { kty, alg, k } = await crypto.subtle.exportKey("jwk", key);
  const sha256 = unpadded(new Uint8Array(await crypto.subtle.digest("SHA-256", encrypted)));
  return {
    body: new Blob([encrypted], { type: "application/octet-stream" }),
    seal: { v: "v2", key: { kty, alg, k, key_ops: ["encrypt", "decrypt"], ext: true }, iv: unpadded(counter), hashes: { sha256 } },
  };
}

/** As Matrix writes bytes: base64 without padding. */
export function unpadded(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
}
