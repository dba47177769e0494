// RDTSC between looks at the host's clock. Programs in real mode: the first RDTSC's low half goes to EBX, the last one's stays in EAX.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import { CS, RAX, RBX, RIP } from "../abi/state.js";

const CODE = 0x1000;
const RDTSC = [0x0f, 0x31];
/** RDTSC; MOV EBX, EAX. */
const FIRST = [...RDTSC, 0x66, 0x89, 0xc3];
const HLT = 0xf4;
const NOP = 0x90;
const IN_AL_DX = 0xec;
/** MOV CX, n; LOOP to itself: n + 1 instructions. */
const loop = (n: number) => [0xb9, n & 255, n >> 8, 0xe2, 0xfe];

/** Run a program on a host whose clock gives these answers in turn. */
function run(program: readonly number[], answers: readonly number[], ticksPerInstruction?: number) {
  let asked = 0;
  const host = {
    timeStamp: () => answers[asked++]!,
    // As devices do that change the memory map.
    portIn: () => {
      cpu.synchronize();
      return 0;
    },
    ...(ticksPerInstruction === undefined ? {} : { ticksPerInstruction }),
  };
  const { cpu } = smallMachine({ module: builtProcessor(), host });
  cpu.setSegment(CS, { selector: 0, base: 0, limit: 0xffff, access: 0x9b });
  cpu.ram.set([...program, HLT], CODE);
  cpu.view.setBigUint64(RIP, BigInt(CODE), true);
  cpu.synchronize();
  cpu.run(100_000);
  expect(cpu.halted).toBe(true);
  return { first: cpu.register(RBX), last: cpu.register(RAX), asked };
}

test("for a while the counter goes on by instructions", () => {
  expect(run([...FIRST, NOP, NOP, ...RDTSC], [1000], 3)).toEqual({ first: 1000n, last: 1000n + 4n * 3n, asked: 1 });
});

test("after some thousand instructions the host is asked again", () => {
  expect(run([...FIRST, ...loop(3000), ...RDTSC], [1000, 9000], 1)).toEqual({ first: 1000n, last: 9000n, asked: 2 });
});

test("after a device was asked, the host's clock is too", () => {
  expect(run([...FIRST, IN_AL_DX, ...RDTSC], [1000, 9000], 1)).toEqual({ first: 1000n, last: 9000n, asked: 2 });
});

test("a host that says nothing of instructions is asked each time", () => {
  expect(run([...FIRST, ...RDTSC], [1000, 1007])).toEqual({ first: 1000n, last: 1007n, asked: 2 });
});

test("the counter waits for a clock that is behind, and never goes back", () => {
  // Its last word by itself is 1001: MOV lies between.
  const program = [...FIRST, ...RDTSC, IN_AL_DX, ...RDTSC, ...RDTSC, ...RDTSC];
  expect(run(program, [1000, 900, 950, 5000], 1)).toEqual({ first: 1000n, last: 5000n, asked: 4 });
  expect(run(program.slice(0, -2), [1000, 900, 950], 1)).toEqual({ first: 1000n, last: 1002n, asked: 3 });
});
