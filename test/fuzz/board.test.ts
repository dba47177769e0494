// A short run of hostile accesses; `npm run soak` has the long ones. RINGSIDE_SEED names another first seed.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { BoardFuzzer } from "./board.js";
import { firstSeed } from "./seed.js";

const CASES = 120;
const MEGABYTE = 1 << 20;

/** Bytes on the heap that something still holds. */
function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test("no accesses make a device throw, hang, answer what does not fit, or keep more and more memory", { timeout: 60_000 }, () => {
  const seed = firstSeed();
  const fuzzer = new BoardFuzzer(builtProcessor());
  expect(fuzzer.runCase(seed)).toBeUndefined();
  const before = heapInUse();
  for (let i = 1; i < CASES; i++) expect(fuzzer.runCase(seed + i)).toBeUndefined();
  expect(heapInUse() - before).toBeLessThan(8 * MEGABYTE);
  console.log(`devices: ${fuzzer.accesses} accesses from seed ${seed} on`);
});
