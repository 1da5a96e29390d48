/** Where a record is read from: by its id, as somebody who is signed in; or by a link, as anybody. */
import { call, request } from "../api";
import type { Details, Found, Page, RecordInfo, Verified } from "./types";

export type Place = { recordId: string } | { token: string };
type EntriesQuery = { from?: number; dir?: "f" | "b"; at?: number; limit?: number; timeout?: number; redacted?: boolean };

const MOST_HITS = 200;
const HITS = 50;

export class Source {
  private readonly root: string;
  readonly isLink: boolean;

  /** `reason`: why one looks, where one has to say so. */
  constructor(readonly place: Place, private readonly reason: string) {
    this.isLink = "token" in place;
    this.root = "token" in place ? `/records/links/${encodeURIComponent(place.token)}` : `/records/${encodeURIComponent(place.recordId)}`;
  }

  private get<T>(path: string, query: Readonly<Record<string, string | number | boolean | undefined>>, signal?: AbortSignal): Promise<T> {
    return call<T>("GET", `${this.root}${path}`, { query, headers: this.headers, ...(signal ? { signal } : {}) });
  }

  private get headers(): Record<string, string> {
    return this.reason ? { "x-reason": asHeader(this.reason) } : {};
  }

  async details(signal: AbortSignal): Promise<Details> {
    if (this.isLink) {
      type Linked = Pick<Details, "title" | "program" | "kind" | "consent" | "names" | "staff" | "first_seq" | "last_seq" | "expires_ts">;
      const linked = await this.get<Linked>("", {}, signal);
      return { ...linked, record: null, people: Object.keys(linked.names), departments: [], by: "link", looks: true, reason: false, may_share: false, may_see_redacted: false, on_hold: false };
    }
    const told = await this.get<Omit<Details, "title" | "program" | "kind" | "consent" | "expires_ts" | "record"> & { record: RecordInfo }>("", {}, signal);
    const { record } = told;
    return { ...told, record, title: record.title ?? "", program: record.program, kind: record.kind, consent: record.consent ?? "none", expires_ts: null };
  }

  entries(query: EntriesQuery, signal?: AbortSignal): Promise<Page> {
    return this.get("/entries", query, signal);
  }

  /** What was found, the newest first. */
  async search(q: string, redacted: boolean, signal: AbortSignal): Promise<Found> {
    const found: Found = { results: [], highlights: [] };
    let from: string | undefined;
    do {
      const page: Found = await this.get("/search", { q, limit: HITS, redacted, ...(from ? { from } : {}) }, signal);
      found.results.push(...page.results);
      found.highlights = [...new Set([...found.highlights, ...page.highlights])];
      from = page.next_batch;
    } while (from !== undefined && found.results.length < MOST_HITS);
    return found;
  }

  verify(from: number, signal: AbortSignal): Promise<Verified> {
    return this.get("/verify", { from }, signal);
  }

  async file(url: string, signal?: AbortSignal): Promise<Blob> {
    const mediaId = url.slice(url.lastIndexOf("/") + 1);
    const path = `/_roomkeeper/v1${this.root}/media/${encodeURIComponent(mediaId)}`;
    return (await request("GET", path, { headers: this.headers, ...(signal ? { signal } : {}) })).blob();
  }
}

/** Headers have bytes, of which browsers let each be written as one sign. */
function asHeader(text: string): string {
  return [...new TextEncoder().encode(text.replace(/\s+/g, " ").trim())].map((byte) => String.fromCharCode(byte)).join("");
}
