// Builds the widget into the one file that the server serves. Called by `python -m scripts.widget`.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: [at("src/main.ts")],
  outfile: process.argv[2] ?? at("../../src/roomkeeper/core/organisation/widget/static/widget.js"),
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none",
});
