/** What the server says of a file before it is sent, and taking one back. See docs/screening.md. */
import { type MatrixClient, MatrixError, Method } from "matrix-js-sdk";
import { SCREENING_PREFIX } from "../screening/screening";

export type Verdict = { action: "allow" | "review" | "block"; labels: string[]; reason: string };
type Answer = { state: "empty" | "checking" | "checked"; action: Verdict["action"] | null; labels: string[]; reason: string };

/** Milliseconds for which the server keeps the question, and after which one without an answer is asked again. */
const WAIT_MS = 25_000;
const AGAIN_MS = 3000;
const MOST_TIMES = 60;

/** What would come of sending it to a room (null: to any); null where the server does not say. */
export async function verdictOf(client: MatrixClient, mxc: string, roomId: string | null, signal: AbortSignal): Promise<Verdict | null> {
  const query = { timeout_ms: String(WAIT_MS), ...(roomId === null ? {} : { room_id: roomId }) };
  for (let times = 0; times < MOST_TIMES && !signal.aborted; times += 1) {
    try {
      const path = `/screening/uploads/${encodeURIComponent(idOf(mxc))}`;
      const answer = await client.http.authedRequest<Answer>(Method.Get, path, query, undefined, { prefix: SCREENING_PREFIX, abortSignal: signal });
      if (answer.state === "checked" && answer.action !== null) return { action: answer.action, labels: answer.labels, reason: answer.reason };
    } catch (failure) {
      if (failure instanceof MatrixError && failure.httpStatus !== 429 && (failure.httpStatus ?? 500) < 500) return null;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
  return null;
}

/** The server need not keep a file that is not going to be sent. Where this does not reach it, it forgets it later. */
export function giveUp(client: MatrixClient, mxc: string | null): void {
  if (mxc === null) return;
  client.http.authedRequest(Method.Delete, `/media/${encodeURIComponent(idOf(mxc))}`, undefined, undefined, { prefix: SCREENING_PREFIX }).catch(() => {});
}

/** The media id, the last part of an mxc:// address. */
export function idOf(mxc: string): string {
  return mxc.slice(mxc.lastIndexOf("/") + 1);
}
