/** The service worker, and whether a newer build of the pages waits to be used. */
import { Changing } from "../parts/changing";
import { track } from "../track";

const LOOK_MS = 30 * 60_000;

class AppVersion extends Changing {
  private waiting: ServiceWorker | null = null;

  /** Whether there is a new version. */
  get isNew(): boolean {
    return this.waiting !== null;
  }

  /** Begin, once a page. Where the page did not come over HTTPS, browsers have no service workers. */
  async start(): Promise<void> {
    if (!("serviceWorker" in navigator)) return;
    const workers = navigator.serviceWorker;
    let hadOne = workers.controller !== null;
    workers.addEventListener("controllerchange", () => {
      // Another build looks after this page now: it has to be of that one, too.
      if (hadOne) window.location.reload();
      hadOne = true;
    });
    workers.addEventListener("message", ({ data }: MessageEvent<{ open?: unknown }>) => {
      if (typeof data.open === "string") window.location.hash = data.open;
    });
    const registration = await workers.register("/app/sw.js", { scope: "/app", updateViaCache: "none" }).catch(() => null);
    if (registration === null) return;
    this.watch(registration);
    const look = (): void => void registration.update().catch(() => {});
    setInterval(look, LOOK_MS);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  }

  /** Use the new version: all open pages are loaded anew. */
  use(): void {
    track("version_use");
    this.waiting?.postMessage("take over");
  }

  private watch(registration: ServiceWorkerRegistration): void {
    const note = (worker: ServiceWorker | null): void => {
      if (worker === null || navigator.serviceWorker.controller === null) return;
      this.waiting = worker;
      this.tell();
    };
    note(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => worker.state === "installed" && note(worker));
    });
  }
}

export const appVersion = new AppVersion();
