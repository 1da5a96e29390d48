/**
 * Keeps the built files on the device, so that the pages start without a connection; takes what other programs share.
 *
 * Each build has a cache of its own: its page and all that the page loads, never answers of the API and never media. A new
 * build is fetched whole beside the old one and comes into use when somebody says so, or when no page is open: what is
 * shown is always one build.
 */
import { type Entry, put } from "../uploads/shelf";

declare const self: ServiceWorkerGlobalScope;
/** Both are filled in by the build (vite.worker.config.ts). */
declare const FILES: readonly string[];
declare const VERSION: string;

const PAGE = "/app";
const ASSETS = "/app/assets/";
const SHARE = "/app/share";
const PREFIX = "roomkeeper-app-";
const CACHE = PREFIX + VERSION;
const MOST_WORDS = 8000;

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("message", (event) => {
  if (event.data === "take over") void self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.method === "POST" && pathname === SHARE) event.respondWith(share(request));
  else if (request.method !== "GET") return;
  else if (request.mode === "navigate" && (pathname === PAGE || (pathname.startsWith(`${PAGE}/`) && !pathname.includes(".")))) event.respondWith(page(request));
  else if (pathname.startsWith(ASSETS) || FILES.includes(pathname)) event.respondWith(file(request));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(String((event.notification.data as { hash?: string } | null)?.hash ?? "#/")));
});

async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES);
  const fresh = await fetch(PAGE, { cache: "reload", credentials: "omit" });
  const html = await fresh.clone().text();
  // Where the server has another build by now, its worker comes for that one.
  if (!fresh.ok || !FILES.some((name) => name.endsWith(".js") && html.includes(name))) throw new Error("the page is not of this build");
  await cache.put(PAGE, fresh);
}

async function takeOver(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function page(request: Request): Promise<Response> {
  return (await (await caches.open(CACHE)).match(PAGE)) ?? fetch(request);
}

async function file(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request.url);
  if (known !== undefined) return known;
  const fetched = await fetch(request);
  if (fetched.ok && new URL(request.url).pathname.startsWith(ASSETS)) await cache.put(request.url, fetched.clone());
  return fetched;
}

/** Keep what was shared until somebody has chosen a room for it. spec: W3C Web Share Target */
async function share(request: Request): Promise<Response> {
  const form = await request.formData();
  const files = form.getAll("files").filter((one): one is File => one instanceof File && one.size > 0);
  await put(...files.map((one, index) => ({ record: shared(index), file: one })));
  const words = [...new Set(["title", "text", "url"].map((name) => form.get(name)).filter((one) => typeof one === "string" && one !== ""))].join("\n");
  return Response.redirect(`${PAGE}#/share/${encodeURIComponent(words.slice(0, MOST_WORDS))}`, 303);
}

function shared(index: number): Entry {
  const id = self.crypto.getRandomValues(new Uint32Array(4)).join("-");
  return { id, user: "", place: "share", order: Date.now() + index, mxc: null, madeAt: 0, digest: null, isUploaded: false, message: null };
}

/** Show a place in a page that is open, or in a new one. */
async function open(hash: string): Promise<void> {
  const [first] = (await self.clients.matchAll({ type: "window" })).filter((one) => new URL(one.url).pathname.startsWith(PAGE));
  if (first === undefined) return void (await self.clients.openWindow(PAGE + hash));
  first.postMessage({ open: hash });
  await first.focus();
}
