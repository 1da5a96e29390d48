/** The client-server API by fetch: what of it the widget needs. */

import type { Succession } from "./handover";
import { SCREENING } from "./screening";

export class RequestFailed extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfterMs: number,
    /** What was answered besides. */
    readonly details: Record<string, any> = {},
  ) {
    super(message);
  }

  /** Whether the same request may work later. Status 0: the server was not reached. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Who has left, where the request was refused since nobody is there to receive it. */
  get departed(): string {
    return this.details["org.roomkeeper.reason"] === "departed" ? String(this.details["org.roomkeeper.user_id"] ?? "") : "";
  }
}

export interface Appearance {
  title: string;
  greeting: string;
  notice: string;
  accent: string;
}

export interface Opened {
  user_id: string;
  access_token: string;
  room_id: string;
}

export interface MatrixEvent {
  event_id: string;
  type: string;
  sender: string;
  origin_server_ts: number;
  state_key?: string;
  content: Record<string, any>;
  redacts?: string;
  unsigned?: { transaction_id?: string; redacted_because?: unknown };
}

export interface SyncAnswer {
  next_batch: string;
  rooms?: { join?: Record<string, JoinedRoom>; leave?: Record<string, unknown> };
}

export interface JoinedRoom {
  timeline?: { events: MatrixEvent[]; limited?: boolean; prev_batch?: string };
  state?: { events: MatrixEvent[] };
  ephemeral?: { events: { type: string; content: Record<string, any> }[] };
  account_data?: { events: { type: string; content: Record<string, any> }[] };
  unread_notifications?: { notification_count?: number };
}

const V3 = "/_matrix/client/v3";
const MEDIA = "/_matrix/client/v1/media";
const REQUEST_MS = 30_000;
const POLL_MS = 25_000;
const VERDICT_MS = 20_000;

function failure(status: number, body: any): RequestFailed {
  return new RequestFailed(status, body?.errcode ?? "", body?.error ?? `HTTP ${status}`, body?.retry_after_ms ?? 0, body ?? {});
}

export interface Verdict {
  state: "empty" | "checking" | "checked";
  action: "allow" | "review" | "block" | null;
  labels: string[];
  reason: string;
}

/** Base64 of the SHA-256 of some bytes; null where the page is not secure and the browser has no such thing. */
export async function digest(bytes: Blob): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const hash = await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer());
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}

export class Api {
  token = "";

  constructor(readonly base: string) {}

  appearance(site: string, language: string): Promise<Appearance> {
    const query = new URLSearchParams({ language });
    return this.ask("GET", `/_roomkeeper/v1/widget/sites/${encodeURIComponent(site)}?${query}`);
  }

  open(body: Record<string, unknown>): Promise<Opened> {
    return this.ask("POST", "/_roomkeeper/v1/widget/sessions", body);
  }

  sync(roomId: string, since: string, signal: AbortSignal): Promise<SyncAnswer> {
    const filter = {
      presence: { types: [] },
      account_data: { types: [] },
      room: {
        rooms: [roomId],
        timeline: { limit: 30 },
        ephemeral: { types: ["m.typing", "m.receipt"] },
        account_data: { types: [SCREENING] },
      },
    };
    const query = new URLSearchParams({ filter: JSON.stringify(filter), timeout: since ? String(POLL_MS) : "0" });
    if (since) query.set("since", since);
    return this.ask("GET", `${V3}/sync?${query}`, undefined, signal, POLL_MS + REQUEST_MS);
  }

  /** Messages before `from`; empty: before the end. */
  messages(roomId: string, from: string): Promise<{ chunk: MatrixEvent[]; end?: string }> {
    const query = new URLSearchParams({ dir: "b", limit: "30" });
    if (from) query.set("from", from);
    return this.ask("GET", `${this.room(roomId)}/messages?${query}`);
  }

  send(roomId: string, transaction: string, content: unknown): Promise<{ event_id: string }> {
    return this.ask("PUT", `${this.room(roomId)}/send/m.room.message/${encodeURIComponent(transaction)}`, content);
  }

  close(roomId: string): Promise<unknown> {
    return this.ask("POST", `/_roomkeeper/v1/sessions/${encodeURIComponent(roomId)}/close`, {});
  }

  succession(userId: string): Promise<Succession> {
    return this.ask("GET", `/_roomkeeper/v1/succession/${encodeURIComponent(userId)}`);
  }

  succeed(userId: string, goOn: boolean): Promise<{ session?: { room_id: string } | null }> {
    return this.ask("POST", `/_roomkeeper/v1/succession/${encodeURIComponent(userId)}`, { go_on: goOn });
  }

  consent(roomId: string, agrees: boolean): Promise<{ recorded: boolean; consent: string }> {
    return this.ask("PUT", `/_roomkeeper/v1/records/consent/${encodeURIComponent(roomId)}`, { agrees });
  }

  signOut(): Promise<unknown> {
    return this.ask("POST", `${V3}/logout`, {});
  }

  receipt(roomId: string, eventId: string): Promise<unknown> {
    return this.ask("POST", `${this.room(roomId)}/receipt/m.read/${encodeURIComponent(eventId)}`, {});
  }

  typing(roomId: string, userId: string, isTyping: boolean): Promise<unknown> {
    const body = isTyping ? { typing: true, timeout: 8000 } : { typing: false };
    return this.ask("PUT", `${this.room(roomId)}/typing/${encodeURIComponent(userId)}`, body);
  }

  async maxUpload(): Promise<number> {
    const answer = await this.ask<{ "m.upload.size"?: number }>("GET", `${MEDIA}/config`);
    return answer["m.upload.size"] ?? Infinity;
  }

  /** Upload at once, while the message is still being written; the bytes' digest goes with them. */
  async upload(file: File, progress: (share: number) => void, signal: AbortSignal): Promise<[uri: string, sha256: string | null]> {
    const uri = (await this.ask<{ content_uri: string }>("POST", "/_matrix/media/v1/create", {})).content_uri;
    const sha256 = await digest(file);
    await new Promise<void>((resolve, reject) => {
      const request = new XMLHttpRequest();
      const query = new URLSearchParams({ filename: file.name });
      request.open("PUT", `${this.base}/_matrix/media/v3/upload/${uri.slice(6)}?${query}`);
      request.setRequestHeader("Authorization", `Bearer ${this.token}`);
      request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
      if (sha256) request.setRequestHeader("Content-Digest", `sha-256=:${sha256}:`);
      request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
      request.onload = () => {
        if (request.status === 200) resolve();
        else reject(failure(request.status, parsed(request.responseText)));
      };
      request.onerror = request.onabort = () => reject(new RequestFailed(0, "", "", 0));
      signal.addEventListener("abort", () => request.abort());
      request.send(file);
    });
    return [uri, sha256];
  }

  /** What would come of sending a file; the server waits with its answer until it knows. */
  verdict(uri: string, roomId: string, signal: AbortSignal): Promise<Verdict> {
    const query = new URLSearchParams({ room_id: roomId, timeout_ms: String(VERDICT_MS) });
    return this.ask("GET", `/_roomkeeper/v1/screening/uploads/${mediaId(uri)}?${query}`, undefined, signal);
  }

  /** A file that is not going to be sent need not be kept. */
  giveUp(uri: string): void {
    this.ask("DELETE", `/_roomkeeper/v1/media/${mediaId(uri)}`).catch(() => {});
  }

  appeal(caseId: string, text: string): Promise<unknown> {
    return this.ask("POST", `/_roomkeeper/v1/screening/mine/${encodeURIComponent(caseId)}/appeal`, { text });
  }

  /** A file of the conversation, or a small picture of it. */
  async download(uri: string, small: boolean): Promise<Blob> {
    const path = small ? `thumbnail/${uri.slice(6)}?width=480&height=480&method=scale` : `download/${uri.slice(6)}`;
    const answer = await fetch(`${this.base}${MEDIA}/${path}`, this.options("GET"));
    if (!answer.ok) throw failure(answer.status, null);
    return answer.blob();
  }

  private room(roomId: string): string {
    return `${V3}/rooms/${encodeURIComponent(roomId)}`;
  }

  private options(method: string): RequestInit {
    const headers: Record<string, string> = this.token ? { Authorization: `Bearer ${this.token}` } : {};
    return { method, headers, credentials: "omit", referrerPolicy: "strict-origin" };
  }

  private async ask<T>(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
    limitMs = REQUEST_MS,
  ): Promise<T> {
    const options = this.options(method);
    const limit = AbortSignal.timeout(limitMs);
    options.signal = signal && "any" in AbortSignal ? AbortSignal.any([signal, limit]) : (signal ?? limit);
    if (body !== undefined) {
      options.body = JSON.stringify(body);
      (options.headers as Record<string, string>)["Content-Type"] = "application/json";
    }
    let answer: Response;
    try {
      answer = await fetch(this.base + path, options);
    } catch {
      throw new RequestFailed(0, "", "", 0);
    }
    const said = parsed(await answer.text().catch(() => ""));
    if (!answer.ok) throw failure(answer.status, said);
    return said as T;
  }
}

function mediaId(uri: string): string {
  return encodeURIComponent(uri.slice(uri.lastIndexOf("/") + 1));
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
