// run(n) ends after exactly n instructions, wherever in translated code that is.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { Pair } from "./pair.js";
import { Random, randomInput } from "./simd-programs.js";

const ECX = 1;
const TURNS = 4000;
/** More than the margin that translated code keeps, and a few turns of each loop more. */
const LONGEST = 700;

/** Loops whose end is found by LOOP at their end. */
const BODIES: Readonly<Record<string, readonly number[]>> = {
  "a short loop": [0x40],
  "a loop with flags that live on": [0x83, 0xc0, 0x07, 0x11, 0xc2, 0x0f, 0x92, 0xc3],
  "memory operands on two pages": [0x01, 0x46, 0xfe, 0xff, 0x46, 0x10, 0x8b, 0x56, 0xfd],
  // XOR EBX, EBX; INC EBX; CMP EBX, 5; JNE.
  "a loop in a loop": [0x31, 0xdb, 0x43, 0x83, 0xfb, 0x05, 0x75, 0xfa],
  // CALL over a jump to a small function: CALL +2; JMP +2; INC EAX; RET.
  "a call and its return": [0xe8, 0x02, 0, 0, 0, 0xeb, 0x02, 0x40, 0xc3],
  // PUSH ECX, ESI, EDI; MOV ECX, 9; REP MOVSB; POP.
  "repeated strings": [0x51, 0x56, 0x57, 0xb9, 9, 0, 0, 0, 0xf3, 0xa4, 0x5f, 0x5e, 0x59],
  // The same over three pages' ends, chunk by chunk: MOV EDI, 12000h; MOV ECX, 2800h; REP STOSB.
  "repeated strings in chunks": [0x51, 0x57, 0xbf, 0, 0x20, 1, 0, 0xb9, 0, 0x28, 0, 0, 0xf3, 0xaa, 0x5f, 0x59],
  "interrupts switched off and on": [0xfa, 0x9c, 0x58, 0xfb, 0x50, 0x9d],
};

test.each(Object.entries(BODIES))("%s", { timeout: 60_000 }, (_, body) => {
  const pair = new Pair(builtProcessor());
  const random = new Random(0xb0d9e7);
  pair.load(body);
  expect(pair.regions).toBeGreaterThan(0);
  for (let count = 1; count <= LONGEST; count++) {
    const input = randomInput(random);
    input.registers[ECX] = TURNS;
    const difference = pair.run(input, count);
    if (difference !== undefined) expect.fail(`after ${count} instructions: ${difference}`);
  }
});
