import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { notices } from "./notices";
import { withoutCalls } from "./withoutCalls";

// What the console's pages share, and what the chat uses at most in parts that are opened.
const LATER = /\/src\/console\/|react-number-format|@mantine\/core\/esm\/components\/(Checkbox(?!\/CheckIcon)|Combobox|Drawer|FileButton|FileInput|MultiSelect|NumberInput|Pill|PillsInput|Radio(?!\/RadioIcon)|Select|Table|TagsInput)\//;
// What the chat alone has need of: the SDK with what it brings, and the chat's own parts.
const CHAT = /node_modules\/(matrix-|unhomoglyph|react-virtuoso|events|loglevel|p-retry|is-network-error|sdp-transform|oidc-client-ts|another-json|bs58|base-x|content-type|jwt-decode|uuid)|\/src\/(chat|composer|contacts|create|handover|info|notify|profile|pwa|screening|search|security|settings|share|timeline(?!\/Formatted)|uploads)\/|\/src\/parts\/(Face|FindPeople|Presence|useAction)\.tsx?$|\/src\/(client|encryptedFiles|media|people|quiet|rooms)\.tsx?$/;
// What only those parts of the chat share that are opened.
const OPENED = /\/src\/(handover\/useHasLeft|info\/rights|search\/search|security\/(requests|SecurityPage)|settings\/Section|parts\/(FindPeople|Presence|Sure|useAction|useReturnFocus))\.tsx?$/;
const LAZY_TO_SAY = /node_modules\/(matrix-js-sdk\/lib\/|matrix-widget-api|oidc-client-ts|@tabler)/;

// Each page of the product is one HTML file here, named in `input`; the server serves it (platform/web_files.py).
export default defineConfig({
  base: "/app/",
  plugins: [react(), withoutCalls(), notices()],
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
      input: { index: "index.html", console: "console.html", record: "record.html" },
      // Modules of the SDK do nothing by being loaded, which it does not say: what nobody uses of it (widgets, calls …) is left out.
      // What several parts share is one file: in fifty small ones the same code takes 15 KiB more, compressed.
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: "opened", minShareCount: 2, priority: 3, test: OPENED },
            { name: "screening", minShareCount: 2, priority: 3, test: /\/src\/console\/(screening|table|operations\/(charts|jobs))\// },
            { name: "safety-desk", minShareCount: 2, priority: 3, test: /\/src\/console\/safety\// },
            { name: "safety", minShareCount: 2, priority: 3, test: /\/src\/(safety\/(?!chat|words|state|RaiseButton)|parts\/map\/)/ },
            { name: "records", minShareCount: 2, priority: 3, test: /\/src\/records\/(?!chat|words)|components\/NativeSelect\// },
            { name: "later", minShareCount: 2, priority: 2, test: LATER },
            { name: "chat", minShareCount: 2, priority: 2, test: CHAT },
            { name: "shared", minShareCount: 2, priority: 1, test: /\.(ts|tsx|js|mjs|json)$/ },
          ],
        },
      },
      treeshake: { moduleSideEffects: (id) => !LAZY_TO_SAY.test(id) },
    },
  },
  server: { proxy: { "/_matrix": "http://127.0.0.1:8008", "/_roomkeeper": "http://127.0.0.1:8008" } },
});
