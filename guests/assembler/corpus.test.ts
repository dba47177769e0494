// Byte for byte against NASM: the .hex files were made by NASM 2.16.01 (`nasm -w-all -f bin`); where NASM is installed it is asked afresh.

import { expect, test } from "vitest";
import { fs, GUESTS, isInstalled, processes, withTemporaryFolder } from "../test-node.js";
import { assemble } from "./index.js";

const CORPUS = `${GUESTS}assembler/corpus/`;
const names = fs
  .readdirSync(CORPUS)
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

function assembleWithNasm(path: string): Uint8Array {
  return withTemporaryFolder((folder) => {
    const output = `${folder}/out.bin`;
    const run = processes.spawnSync("nasm", ["-w-all", "-f", "bin", path, "-o", output], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(run.stderr);
    return fs.readFileSync(output);
  });
}

test("the corpus is there", () => {
  expect(names.length).toBeGreaterThanOrEqual(11);
});

test.each(names)("%s assembles to the bytes NASM made", (name) => {
  const got = assemble(`${name}.asm`, fs.readFileSync(`${CORPUS}${name}.asm`, "utf8"));
  const wanted = fs.readFileSync(`${CORPUS}${name}.hex`, "utf8").replaceAll(/\s/g, "");
  expect(firstDifference(name, got, wanted)).toBeUndefined();
});

test.runIf(nasm).each(names)("%s: the committed bytes are those of the NASM installed here", (name) => {
  const wanted = fs.readFileSync(`${CORPUS}${name}.hex`, "utf8").replaceAll(/\s/g, "");
  expect(hex(assembleWithNasm(`${CORPUS}${name}.asm`))).toBe(wanted);
});
