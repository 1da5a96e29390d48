/**
 * The chat on a page: `<script src="https://chat.example.org/widget.js" data-site="shop" async></script>`.
 *
 * Further attributes: data-accent (#rrggbb), data-language, data-theme (light, dark), data-label, data-name,
 * data-identity (a signed token). The page may call `roomkeeper.open()` and `roomkeeper.close()`.
 */

import { Api, RequestFailed, type Appearance } from "./api";
import { Conversation } from "./conversation";
import { Panel, type Look } from "./panel";
import { Store } from "./store";
import { wordsFor } from "./words";

declare global {
  interface Window {
    roomkeeper?: { open(): void; close(): void };
  }
}

const LONGEST_WAIT_MS = 60_000;
const script =
  (document.currentScript as HTMLScriptElement | null) ??
  document.querySelector<HTMLScriptElement>('script[data-site][src*="/widget.js"]');

async function appearanceOf(api: Api, site: string, language: string): Promise<Appearance> {
  for (let failures = 0; ; failures++) {
    try {
      return await api.appearance(site, language);
    } catch (error) {
      if (!(error instanceof RequestFailed) || !error.isPassing) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_WAIT_MS, 1000 * 2 ** failures)));
    }
  }
}

async function begin(script: HTMLScriptElement): Promise<void> {
  const { site = "", identity = "", name = "", accent = "", label = "", theme = "" } = script.dataset;
  const language = tagOf(script.dataset.language || document.documentElement.lang || navigator.language);
  const api = new Api(new URL(script.src).origin + new URL(script.src).pathname.replace(/\/widget\.js$/, ""));
  const store = new Store(site);
  const conversation = new Conversation(api, store, site, language, identity, name);
  const appearance = await appearanceOf(api, site, language);
  if (document.readyState === "loading")
    await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
  const look = { accent, label, language, theme: theme === "light" || theme === "dark" ? theme : "" } satisfies Look;
  const panel = new Panel(conversation, store, appearance, look, wordsFor(language));
  window.roomkeeper = { open: () => panel.open(), close: () => panel.close() };
  await conversation.resume().catch((error) => {
    console.error("The chat could not go on:", error.message);
    panel.fail(error);
  });
}

/** A language tag that the server and the browser take. */
function tagOf(text: string): string {
  try {
    return Intl.getCanonicalLocales(text)[0]?.slice(0, 35) || "en";
  } catch {
    return "en";
  }
}

if (!script?.dataset.site) console.error("The chat's script needs the attribute data-site.");
else if (!window.roomkeeper)
  begin(script).catch((error) => console.error("The chat is not shown:", error instanceof Error ? error.message : error));
