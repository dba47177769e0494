// `npm run generate`: writes every file that is derived from others: what core/isa holds about instructions, and the guests' sources as a
// module. With --check it only compares, and fails where one differs.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExecSource } from "../core/isa/generate/decode-tables.js";
import { generate } from "../core/isa/generate/render.js";
import { allRows } from "../core/isa/rows.js";
import { sourceModule } from "../guests/source-module.js";

/** Top of the repository: this file runs from dist/cli. */
const TOP = fileURLToPath(new URL("../../", import.meta.url));
const EXEC_FOLDERS = ["cpu", "integer", "system", "system/svm", "x87", "sse"];

/** Every exported AssemblyScript function that has the shape of an exec function, by name. */
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

/** The guests' sources by path below guests/. What the assembler's own tests assemble is no guest. */
function guestSources(): Record<string, string> {
  const folder = join(TOP, "guests");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll(sep, "/"));
  const sources = paths.filter((path) => path.endsWith(".asm") && !path.startsWith("assembler/"));
  return Object.fromEntries(sources.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

function isCurrent(at: string, content: string): boolean {
  try {
    return readFileSync(at, "utf8") === content;
  } catch {
    return false;
  }
}

const check = process.argv.includes("--check");
const { files, missing } = generate(allRows, execSources());
const stale = [...files, ["guests/generated/sources.ts", sourceModule(guestSources())] as const].filter(
  ([path, content]) => !isCurrent(join(TOP, path), content),
);
for (const [path, content] of stale) {
  if (check) console.error(`${path} is not what its sources say: run npm run generate`);
  else writeFileSync(join(TOP, path), content);
}
if (missing.length > 0) console.error(`no AssemblyScript function for ${missing.length} exec names: ${missing.join(" ")}`);
process.exitCode = (check && stale.length > 0) || missing.length > 0 ? 1 : 0;
