/** One file's way to the server. spec: client-server §Content repository; RFC 9530 */
import { type MatrixClient, MatrixError, Method } from "matrix-js-sdk";
import { BASE_URL } from "../client";
import { contentDigest } from "./digest";

/** Milliseconds without any progress after which an upload has failed. */
const STALLED_MS = 90_000;

/** The server answered, and not with yes. */
export class Refused extends Error {
  constructor(readonly status: number, readonly errcode: string, message: string, readonly retryAfterMs: number | null) {
    super(message);
  }
}

/** There was no answer. */
export class Unreachable extends Error {}

type Watch = { signal: AbortSignal; onProgress: (share: number) => void; onSent: () => void };

/** An id for a file that is to come. Rejects with `Refused` or `Unreachable`. */
export async function makeId(client: MatrixClient): Promise<string> {
  try {
    const answer = await client.http.authedRequest<{ content_uri: string }>(Method.Post, "/create", undefined, {}, { prefix: "/_matrix/media/v1" });
    return answer.content_uri;
  } catch (failure) {
    if (failure instanceof MatrixError) {
      throw new Refused(failure.httpStatus ?? 0, failure.errcode ?? "", failure.data.error ?? "", (failure.data["retry_after_ms"] as number | undefined) ?? null);
    }
    throw new Unreachable();
  }
}

/** Upload a file to its id. Rejects with `Refused`, `Unreachable`, or an AbortError. */
export function upload(client: MatrixClient, mxc: string, file: Blob, digest: string, watch: Watch): Promise<void> {
  const query = file instanceof File && file.name ? `?filename=${encodeURIComponent(file.name)}` : "";
  const request = new XMLHttpRequest();
  request.open("PUT", `${BASE_URL}/_matrix/media/v3/upload/${mxc.slice("mxc://".length)}${query}`);
  request.setRequestHeader("Authorization", `Bearer ${client.getAccessToken()}`);
  request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
  request.setRequestHeader("Content-Digest", contentDigest(digest));
  return new Promise((resolve, reject) => {
    let stalled: ReturnType<typeof setTimeout>;
    const moves = (): void => {
      clearTimeout(stalled);
      stalled = setTimeout(() => { request.abort(); reject(new Unreachable()); }, STALLED_MS);
    };
    request.upload.onprogress = ({ loaded, total }) => { moves(); watch.onProgress(total > 0 ? loaded / total : 1); };
    request.upload.onload = watch.onSent;
    request.onload = () => (request.status < 300 ? resolve() : reject(refusal(request)));
    request.onerror = () => reject(new Unreachable());
    request.onabort = () => reject(new DOMException("given up", "AbortError"));
    request.onloadend = () => clearTimeout(stalled);
    watch.signal.addEventListener("abort", () => request.abort(), { once: true });
    moves();
    request.send(file);
  });
}

function refusal(request: XMLHttpRequest): Refused {
  let body: { errcode?: string; error?: string; retry_after_ms?: number } = {};
  try {
    body = JSON.parse(request.responseText) as typeof body;
  } catch {
    // A proxy's page: the status says it.
  }
  return new Refused(request.status, body.errcode ?? "", body.error ?? "", body.retry_after_ms ?? null);
}
