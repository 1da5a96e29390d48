import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

// The service worker of the chat, built after the pages: it has the list of their files in it. One plain script, since not
// every browser takes modules here; its name never changes.
const FOLDER = "../src/roomkeeper/web_dist";
const ICONS = ["icon.svg", "icon-192.png", "icon-512.png", "icon-maskable-512.png"];
/** Too large to be loaded before they are needed: the cryptography of encrypted rooms, the land on maps. */
const ON_DEMAND = /\.wasm$|rust-crypto|countries-/;

type Chunk = { file: string; css?: string[]; assets?: string[]; imports?: string[]; dynamicImports?: string[] };

function filesOf(page: string): string[] {
  const manifest = JSON.parse(readFileSync(`${FOLDER}/.vite/manifest.json`, "utf-8")) as Record<string, Chunk>;
  const files = new Set<string>();
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const chunk = manifest[name];
    if (chunk === undefined || seen.has(name)) return;
    seen.add(name);
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
    for (const next of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) visit(next);
  };
  visit(page);
  return [...files].filter((name) => !ON_DEMAND.test(name)).sort();
}

const files = [...filesOf("index.html"), ...ICONS].map((name) => `/app/${name}`);
const version = createHash("sha256").update(readFileSync(`${FOLDER}/index.html`)).update(files.join("\n")).digest("hex").slice(0, 16);

export default defineConfig({
  base: "/app/",
  publicDir: false,
  define: { FILES: JSON.stringify(files), VERSION: JSON.stringify(version) },
  build: {
    outDir: FOLDER,
    emptyOutDir: false,
    target: "es2022",
    rollupOptions: { input: { sw: "src/worker/sw.ts" }, output: { entryFileNames: "[name].js", format: "iife" } },
  },
});
