/** The address: `#/<page>/<what is open in the drawer>?<filters, sorting, columns, page of the table>`. */
import { useSyncExternalStore } from "react";

export type Route = { page: string; subject: string | null; query: URLSearchParams };
export type Query = Readonly<Record<string, string | null | undefined>>;

export function readRoute(hash: string): Route {
  const [path = "", query = ""] = split(hash.replace(/^#\/?/, ""));
  const [page = "", subject = ""] = path.split("/");
  return { page: decoded(page), subject: subject ? decoded(subject) : null, query: new URLSearchParams(query) };
}

function split(text: string): [string, string] {
  const at = text.indexOf("?");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** Somebody may have typed it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a page; with `subject` its drawer is open. */
export function hrefOf(page: string, subject: string | null = null, query: Query | URLSearchParams = {}): string {
  const entries = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const kept = new URLSearchParams(entries.filter((entry): entry is [string, string] => Boolean(entry[1])));
  const path = [page, ...(subject === null ? [] : [subject])].map(encodeURIComponent).join("/");
  return `#/${path}${kept.size > 0 ? `?${kept}` : ""}`;
}

export function go(page: string, subject: string | null = null, query: Query | URLSearchParams = {}): void {
  window.location.hash = hrefOf(page, subject, query);
}

/** Open something in the drawer of the page, or close the drawer (`null`). The table stays as it is. */
export function openSubject(subject: string | null): void {
  const { page, query } = readRoute(window.location.hash);
  go(page, subject, query);
}

/** Other filters and the like. `replace`: Back does not stop here, as while somebody types. */
export function changeQuery(changes: Query, replace = false): void {
  const { page, subject, query } = readRoute(window.location.hash);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const href = hrefOf(page, subject, query);
  if (replace) window.location.replace(href);
  else window.location.hash = href;
}

function onHash(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

export function useRoute(): Route {
  return readRoute(useSyncExternalStore(onHash, () => window.location.hash));
}
