// `npm run generate`: writes the files that are derived from core/isa. With --check it only compares, and fails where one differs.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExecSource } from "../core/isa/generate/decode-tables.js";
import { generate } from "../core/isa/generate/render.js";
import { allRows } from "../core/isa/rows.js";

/** Top of the repository: this file runs from dist/cli. */
const TOP = fileURLToPath(new URL("../../", import.meta.url));
const EXEC_FOLDERS = ["cpu", "integer", "system", "x87", "sse"];

function execSources(): Map<string, ExecSource> {
  const sources = new Map<string, ExecSource>();
  for (const folder of EXEC_FOLDERS) {
    for (const file of readdirSync(join(TOP, "wasm", folder)).filter((f) => f.endsWith(".ts") && !f.endsWith(".test.ts"))) {
      const text = readFileSync(join(TOP, "wasm", folder, file), "utf8");
      for (const match of text.matchAll(/^export function (\w+)(<T>)?\(u: usize\): void/gm)) {
        const module = folder === "cpu" ? `../${file.slice(0, -3)}` : `../../${folder}/${file.slice(0, -3)}`;
        sources.set(match[1]!, { module, generic: match[2] !== undefined });
      }
    }
  }
  return sources;
}

const check = process.argv.includes("--check");
const { files, missing } = generate(allRows, execSources());
let stale = 0;
for (const [path, content] of files) {
  const at = join(TOP, path);
  let old = "";
  try {
    old = readFileSync(at, "utf8");
  } catch {
    // Not there yet.
  }
  if (old === content) continue;
  stale++;
  if (check) console.error(`${path} is not what core/isa generates: run npm run generate`);
  else writeFileSync(at, content);
}
if (missing.length > 0) console.error(`no AssemblyScript function for ${missing.length} exec names: ${missing.join(" ")}`);
process.exitCode = (check && stale > 0) || missing.length > 0 ? 1 : 0;
