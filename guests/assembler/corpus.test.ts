// Byte for byte against NASM: the .hex files were made by NASM 2.16.01 (`nasm -w-all -f bin`); where NASM is installed it is asked afresh.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GUESTS, isInstalled, withTemporaryFolder } from "../testing/programs.js";
import { assemble } from "./index.js";

const CORPUS = join(GUESTS, "assembler/corpus");
const names = readdirSync(CORPUS)
  .filter((f) => f.endsWith(".asm"))
  .map((f) => f.slice(0, -4));
const nasm = isInstalled("nasm", "-v");

function hex(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += byte.toString(16).padStart(2, "0");
  return out;
}

/** The first line whose bytes differ, so that a failure names it. */
function firstDifference(source: string, got: ReturnType<typeof assemble>, wanted: string): string | undefined {
  const ours = hex(got.bytes);
  if (ours === wanted) return undefined;
  let at = 0;
  while (ours[at] === wanted[at]) at++;
  const address = got.origin + Math.floor(at / 2);
  const line = got.listing.findLast((l) => l.address <= address);
  return `${source}:${line?.line}: ${line?.text} (byte ${Math.floor(at / 2)}: ${ours.slice(at & ~1, at + 16)} for ${wanted.slice(at & ~1, at + 16)})`;
}

function assembleWithNasm(path: string): Promise<Uint8Array> {
  return withTemporaryFolder((folder) => {
    const output = join(folder, "out.bin");
    const run = spawnSync("nasm", ["-w-all", "-f", "bin", path, "-o", output], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(run.stderr);
    return readFileSync(output);
  });
}

test("the corpus is there", () => {
  expect(names.length).toBeGreaterThanOrEqual(11);
});

test.each(names)("%s assembles to the bytes NASM made", (name) => {
  const got = assemble(`${name}.asm`, readFileSync(join(CORPUS, `${name}.asm`), "utf8"));
  const wanted = readFileSync(join(CORPUS, `${name}.hex`), "utf8").replaceAll(/\s/g, "");
  expect(firstDifference(name, got, wanted)).toBeUndefined();
});

test.runIf(nasm).each(names)("%s: the committed bytes are those of the NASM installed here", async (name) => {
  const wanted = readFileSync(join(CORPUS, `${name}.hex`), "utf8").replaceAll(/\s/g, "");
  expect(hex(await assembleWithNasm(join(CORPUS, `${name}.asm`)))).toBe(wanted);
});
