// What touches system state, bit instructions on memory, shifts of 8 and 16 bits and repeated strings: translated against exec functions.
// RINGSIDE_SYSTEM_PROGRAMS asks for more programs.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { Pair } from "./pair.js";
import { Random, randomInput } from "./simd-programs.js";

const PROGRAMS = Number(process.env["RINGSIDE_SYSTEM_PROGRAMS"] ?? 400);
const SEED = Number(process.env["RINGSIDE_SYSTEM_SEED"] ?? 0x5e6);
const INPUTS = 30;
const TIMEOUT = 3_600_000;
const MOST_UNITS = 10;
/** LOOP has a byte for the way back. */
const MOST_BYTES = 115;
const pair = new Pair(builtProcessor());

const dword = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
/** Bytes from ESI on, on both sides of a page's end. */
const near = (random: Random) => random.below(160) - 80;
const FLAGS = [0x2, 0x202, 0x602, 0x8d7, 0xad7, 0x40202, 0x3202, 0x4002, 0x302];
const SELECTORS = [0, 3, 8, 16, 16, 16, 17, 24, 20];
const PUSH_SEGMENT = [[0x06], [0x0e], [0x16], [0x1e], [0x0f, 0xa0], [0x0f, 0xa8]];
const POP_SEGMENT = [[0x07], [0x1f], [0x0f, 0xa1], [0x0f, 0xa9]];
const REPEATED = [[0xa4], [0xa5], [0x66, 0xa5], [0xaa], [0xab], [0x66, 0xab]];

type Unit = (random: Random) => number[];

const UNITS: readonly Unit[] = [
  // PUSH Sreg; POP Sreg.
  (random) => [...random.pick(PUSH_SEGMENT), ...random.pick(POP_SEGMENT)],
  // PUSH imm; POP Sreg.
  (random) => [0x6a, random.pick(SELECTORS), ...random.pick(POP_SEGMENT)],
  // MOV EAX, selector; MOV Sreg, AX.
  (random) => [0xb8, ...dword(random.pick(SELECTORS)), 0x8e, 0xc0 | (random.pick([0, 3, 4, 5]) << 3)],
  // MOV WORD [ESI + d], selector; MOV Sreg, [ESI + d].
  (random) => {
    const at = near(random) & 255;
    return [0x66, 0xc7, 0x46, at, random.pick(SELECTORS), 0, 0x8e, 0x46 | (random.pick([0, 3, 4, 5]) << 3), at];
  },
  (random) => [random.pick([0xfa, 0xfb, 0xfc, 0xfd, 0xf5, 0xf8, 0xf9])],
  // PUSHF; POP r32.
  (random) => [0x9c, 0x58 | random.pick([0, 2, 3, 5])],
  // PUSH flags; POPF.
  (random) => [0x68, ...dword(random.pick(FLAGS)), 0x9d],
  // BT, BTS, BTR, BTC m32, imm8.
  (random) => [0x0f, 0xba, 0x66 | (random.below(4) << 3), near(random) & 255, random.below(256)],
  // The same by a register, at most a few dwords away: MOVSX EAX, BYTE [ESI + d]; BTx [ESI], EAX.
  (random) => [0x0f, 0xbe, 0x46, near(random) & 255, 0x0f, 0xa3 | (random.below(4) << 3), 0x06],
  // BTx r32, r32.
  (random) => [0x0f, 0xa3 | (random.below(4) << 3), 0xc0 | (random.pick([0, 1, 2, 3]) << 3) | random.pick([0, 2, 3, 5])],
  // SHL, SHR, SAR r/m8 or r/m16, imm8 and 1.
  (random) => [0xc0, 0xc0 | (random.pick([4, 5, 7]) << 3) | random.pick([0, 2, 3, 4, 6, 7]), random.below(40)],
  (random) => [0x66, 0xc1, 0xc0 | (random.pick([4, 5, 7]) << 3) | random.pick([0, 2, 3, 5]), random.below(40)],
  (random) => [...random.pick([[0xc0], [0x66, 0xc1]]), 0x46 | (random.pick([4, 5, 7]) << 3), near(random) & 255, random.below(40)],
  // Who uses the flags: ADC, SETcc, LAHF, RCL.
  (random) => [0x13, 0x46, near(random) & 255],
  (random) => [0x0f, 0x90 | random.below(16), 0xc0 | random.pick([0, 2, 3])],
  () => [0x9f],
  (random) => [0xd1, 0xd0 | random.pick([0, 2, 3, 5])],
  // Repeated strings around the page's end: LEA EDI, [ESI + d]; ADD ESI, d; MOV ECX, count. Where they end is kept in EBX, EDX and EBP.
  (random) => [
    ...[0x51, 0x56, 0x57],
    ...[0x8d, 0x7e, near(random) & 255, 0x83, 0xc6, near(random) & 255],
    ...[0xb9, ...dword(random.pick([0, 1, 2, 3, 7, 16, 40, 100]))],
    ...[random.pick([0xfc, 0xfc, 0xfd]), 0xf3, ...random.pick(REPEATED), 0xfc],
    ...[0x89, 0xf3, 0x89, 0xfa, 0x89, 0xcd, 0x5f, 0x5e, 0x59],
  ],
];

test("sequences do in translated code what their exec functions do", { timeout: TIMEOUT }, () => {
  const random = new Random(SEED);
  let translated = 0;
  for (let n = 0; n < PROGRAMS; n++) {
    const code: number[] = [];
    for (let units = 1 + random.below(MOST_UNITS); units > 0; units--) {
      const unit = random.pick(UNITS)(random);
      if (code.length + unit.length <= MOST_BYTES) code.push(...unit);
    }
    const before = pair.regions;
    pair.load(code);
    if (pair.regions > before) translated++;
    for (let k = 0; k < INPUTS; k++) {
      const difference = pair.run({ ...randomInput(random), attention: random.below(4) === 0 });
      if (difference !== undefined) expect.fail(`${code.map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}: ${difference}`);
    }
  }
  expect(translated).toBeGreaterThan(PROGRAMS / 3);
});
