// x87 instructions in translated code against their exec functions, which the recorded vectors of a real processor prove (test/oracle).
// RINGSIDE_X87_PROGRAMS asks for more random programs.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { Pair } from "./pair.js";
import { Random } from "./simd-programs.js";
import { ENCODINGS, encode, program, randomX87Input } from "./x87-programs.js";

const PROGRAMS = Number(process.env["RINGSIDE_X87_PROGRAMS"] ?? 300);
const SEED = Number(process.env["RINGSIDE_X87_SEED"] ?? 0xf10a7);
const INPUTS = 120;
const TIMEOUT = 3_600_000;
const MOST_BYTES = 110;
const MOST_INSTRUCTIONS = 24;
const pair = new Pair(builtProcessor());

/** Whether it was translated: what unmasks exceptions may fault before that. */
function check(name: string, code: readonly number[], random: Random, inputs: number): boolean {
  const before = pair.regions;
  pair.load(code);
  if (pair.regions === before) return false;
  for (let n = 0; n < inputs; n++) {
    const input = randomX87Input(random);
    const difference = pair.run(input);
    if (difference === undefined) continue;
    const bytes = code.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const words = [input.x87Control, input.x87Status, input.x87Tags].map((word) => word?.toString(16)).join(" ");
    expect.fail(`${name}: ${bytes}\ncontrol, status, tags ${words}: ${difference}`);
  }
  return true;
}

test("every form does in translated code what its exec function does", { timeout: TIMEOUT }, () => {
  const random = new Random(0x87);
  for (const encoding of ENCODINGS) {
    for (let n = 0; n < 3; n++) {
      const translated = check(encoding.name, encode(encoding, random), random, INPUTS);
      expect(translated, `${encoding.name} was not translated`).toBe(true);
    }
  }
});

test("the stack survives sequences of them and of others", { timeout: TIMEOUT }, () => {
  const random = new Random(SEED);
  let translated = 0;
  for (let n = 0; n < PROGRAMS; n++) {
    const { name, code } = program(random, 1 + random.below(MOST_INSTRUCTIONS), MOST_BYTES);
    if (check(name, code, random, INPUTS)) translated++;
  }
  expect(translated).toBeGreaterThan(PROGRAMS / 2);
});
