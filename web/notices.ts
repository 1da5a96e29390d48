import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Plugin } from "vite";

// Licences under which what is bundled may be given on, with nothing but a notice.
const PERMISSIVE: ReadonlySet<string> = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Unlicense", "CC0-1.0", "BlueOak-1.0.0"]);
const NOTICES = /^(licen[cs]e|notice|copying)/i;
const INSIDE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;
const INTRODUCTION = "These pages have in them the following software of others.";

type Description = { name: string; version: string; license?: string; author?: string | { name?: string }; repository?: string | { url?: string } };

/** Writes `third-party-notices.txt`: every package that is bundled, with its licence. The build fails where one is not permissive. */
export function notices(): Plugin {
  return {
    name: "third-party-notices",
    apply: "build",
    generateBundle() {
      const folders = new Set([...this.getModuleIds()].flatMap((id) => INSIDE.exec(id.replace(/^\0/, ""))?.[0] ?? []));
      const packages = [...folders].filter((folder) => existsSync(join(folder, "package.json"))).map(described).sort((one, other) => one.name.localeCompare(other.name, "en"));
      for (const { name, license } of packages) if (!isPermissive(license)) this.error(`${name} is under ${license}, which is not among the permissive licences of notices.ts`);
      this.emitFile({ type: "asset", fileName: "third-party-notices.txt", source: [INTRODUCTION, ...packages.map((one) => one.text)].join(`\n\n${"-".repeat(72)}\n\n`) + "\n" });
    },
  };
}

/** Whether one may choose a permissive licence for it, and needs no other one beside. SPDX §Annex D */
function isPermissive(expression: string): boolean {
  const terms = (text: string, word: string): string[] => text.split(new RegExp(` ${word} `, "i")).map((one) => one.trim().replace(/^\((.*)\)$/, "$1"));
  return terms(expression, "OR").some((choice) => terms(choice, "AND").every((one) => PERMISSIVE.has(one)));
}

function described(folder: string): { name: string; license: string; text: string } {
  const found = JSON.parse(readFileSync(join(folder, "package.json"), "utf-8")) as Description;
  const license = found.license ?? "no licence that it names";
  const author = typeof found.author === "string" ? found.author : found.author?.name;
  const home = typeof found.repository === "string" ? found.repository : found.repository?.url;
  const files = [...filesOf(folder), ...filesOf(join(folder, "licenses"))];
  const texts = files.map((file) => readFileSync(file, "utf-8").trim());
  const head = [`${found.name} ${found.version}`, `Licence: ${license}`, ...(author ? [`By ${author}`] : []), ...(home ? [home] : [])].join("\n");
  return { name: found.name, license, text: [head, ...texts].join("\n\n") };
}

/** The notices in a folder; one that is called like them, and what is in it, is found where it is named. */
function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const isWhole = NOTICES.test(basename(folder));
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && (isWhole || NOTICES.test(entry.name)))
    .map((entry) => join(folder, entry.name))
    .sort();
}
