import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { notices } from "./notices";

const LAZY_TO_SAY = /node_modules\/(matrix-js-sdk\/lib\/|matrix-widget-api|oidc-client-ts|@tabler)/;

// Each page of the product is one HTML file here, named in `input`; the server serves it (platform/web_files.py).
export default defineConfig({
  base: "/app/",
  plugins: [react(), notices()],
  // The SDK's entry for browsers puts all of it into a global variable, so that nothing of it could be left out.
  resolve: { alias: [{ find: /^matrix-js-sdk$/, replacement: "matrix-js-sdk/lib/matrix.js" }] },
  build: {
    outDir: "../src/roomkeeper/web_dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 8000,
    manifest: true,
    rollupOptions: {
      input: { index: "index.html", console: "console.html" },
      // Modules of the SDK do nothing by being loaded, which it does not say: what nobody uses of it (widgets, calls …) is left out.
      // What several parts share is one file: in fifty small ones the same code takes 15 KiB more, compressed.
      output: { codeSplitting: { groups: [{ name: "shared", minShareCount: 2, test: /\.(ts|tsx|js|mjs|json)$/ }] } },
      treeshake: { moduleSideEffects: (id) => !LAZY_TO_SAY.test(id) },
    },
  },
  server: { proxy: { "/_matrix": "http://127.0.0.1:8008", "/_roomkeeper": "http://127.0.0.1:8008" } },
});
