// What happens when the room for decoded code runs out, and how long stores into code take effect.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import { CODE_PAGES_MAX, UOP_ARENA_SIZE } from "../abi/layout.js";
import * as STATE from "../abi/state.js";
import { UOP_SIZE } from "../abi/uop.js";

const CODE = 0x100000;
const INC_EAX = 0x40;
const JMP = 0xe9;

function flatMachine() {
  const { cpu, ram } = smallMachine({ module: builtProcessor(), ramBytes: 16 << 20 });
  for (let n = 0; n < 6; n++) cpu.setSegment(n, { selector: 8, base: 0, limit: 0xffffffff, access: n === STATE.CS ? 0xc09b : 0xc093 });
  cpu.view.setBigUint64(STATE.CR0, 0x11n, true);
  cpu.view.setBigUint64(STATE.RIP, BigInt(CODE), true);
  cpu.synchronize();
  const jump = (from: number, to: number) => {
    ram.setUint8(from, JMP);
    ram.setInt32(from + 1, to - from - 5, true);
  };
  return { cpu, ram, jump, eax: () => Number(cpu.register(STATE.RAX)) };
}

test("code on more pages than there are descriptors runs on", () => {
  const { cpu, ram, jump, eax } = flatMachine();
  const pages = CODE_PAGES_MAX + 200;
  for (let page = 0; page < pages; page++) {
    const at = CODE + page * 4096;
    ram.setUint8(at, INC_EAX);
    jump(at + 1, page + 1 < pages ? at + 4096 : CODE);
  }
  cpu.run(pages * 2 * 3);
  expect(eax()).toBe(pages * 3);
});

test("code with more instructions than the arena has room for runs on", () => {
  const { cpu, ram, jump, eax } = flatMachine();
  const count = UOP_ARENA_SIZE / UOP_SIZE + 100_000;
  cpu.ram.fill(INC_EAX, CODE, CODE + count);
  jump(CODE + count, CODE);
  for (let i = 0; i < 3; i++) {
    cpu.run(count + 1);
    expect(eax()).toBe(count * (i + 1));
  }
  expect(ram.getUint8(CODE)).toBe(INC_EAX);
});

test("a loop that changes its own next instruction every time sees each change", () => {
  const { cpu, eax } = flatMachine();
  // L: XOR BYTE [P], 40h ^ 48h; P: INC EAX; INC ECX; JMP L
  const patched = CODE + 7;
  cpu.ram.set([0x80, 0x35, patched & 255, (patched >> 8) & 255, patched >> 16, 0, 0x08, INC_EAX, 0x41, 0xeb, 0xf5], CODE);
  cpu.run(4 * 1000);
  expect([eax(), Number(cpu.register(STATE.RCX))]).toEqual([0, 1000]);
  cpu.run(4);
  expect(eax()).toBe(0xffffffff);
});
