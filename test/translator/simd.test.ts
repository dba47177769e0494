// MMX and SSE instructions in translated code against their exec functions, which the recorded vectors of a real processor prove
// (test/oracle). RINGSIDE_SIMD_PROGRAMS asks for more random programs.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { Pair } from "./pair.js";
import { ENCODINGS, encode, Random, randomInput } from "./simd-programs.js";

const PROGRAMS = Number(process.env["RINGSIDE_SIMD_PROGRAMS"] ?? 200);
const INPUTS = 120;
const TIMEOUT = 3_600_000;
const MOST_BYTES = 120;
const pair = new Pair(builtProcessor());

function check(name: string, code: readonly number[], random: Random, inputs: number): void {
  const before = pair.regions;
  pair.load(code);
  expect(pair.regions, `${name} was not translated`).toBeGreaterThan(before);
  for (let n = 0; n < inputs; n++) {
    const input = randomInput(random);
    const difference = pair.run(input);
    if (difference === undefined) continue;
    const bytes = code.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    expect.fail(`${name}: ${bytes}\nMXCSR ${input.mxcsr.toString(16)}: ${difference}`);
  }
}

test("every form does in translated code what its exec function does", { timeout: TIMEOUT }, () => {
  const random = new Random(0x5eed);
  for (const encoding of ENCODINGS) for (let n = 0; n < 3; n++) check(encoding.name, encode(encoding, random), random, INPUTS);
});

test("registers and control words survive sequences of them", { timeout: TIMEOUT }, () => {
  const random = new Random(0xcafe);
  for (let n = 0; n < PROGRAMS; n++) {
    const chosen = Array.from({ length: 1 + random.below(14) }, () => random.pick(ENCODINGS));
    const parts = chosen.map((encoding) => encode(encoding, random));
    while (parts.flat().length > MOST_BYTES) parts.pop();
    check(chosen.map(({ name }) => name).join("; "), parts.flat(), random, INPUTS);
  }
});
