// The facade itself: what it does beside running. (Here and not beside cpu.ts, because it needs the built processor.)
import { expect, test } from "vitest";
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import * as STATE from "../../../wasm/abi/state.js";
import { Cpu, CpuError, type CpuHost } from "../cpu.js";
import { builtProcessor } from "./built-processor.js";
import { smallMachine } from "./small-machine.js";

const module = builtProcessor();
const RAM = 1 << 20;
const HLT = 0xf4;

/** Flat ring 0 with these bytes at 1000H. */
function machineWith(code: readonly number[], host: Partial<CpuHost> = {}, ramBytes = RAM) {
  const { cpu, ram } = smallMachine({ module, host, ramBytes });
  for (let n = 0; n < 6; n++) cpu.setSegment(n, { selector: 8, base: 0, limit: 0xffffffff, access: n === STATE.CS ? 0xc09b : 0xc093 });
  cpu.view.setBigUint64(STATE.CR0, 0x11n, true);
  cpu.view.setBigUint64(STATE.RIP, 0x1000n, true);
  cpu.ram.set(code, 0x1000);
  cpu.synchronize();
  return { cpu, ram };
}

const INCREMENTS = new Array<number>(1000).fill(0x40);

test("run() executes exactly what it is asked for, whatever the stride", () => {
  for (const count of [0, 1, 5, 129, 130, 131, 999]) {
    const { cpu } = machineWith([...INCREMENTS, HLT]);
    expect(cpu.run(count)).toBe("budget");
    expect([Number(cpu.instructions), Number(cpu.register(STATE.RAX))]).toEqual([count, count]);
  }
});

test("a halt ends a run early, and an interrupt that is not accepted does not end the halt", () => {
  const { cpu } = machineWith([0x40, HLT, 0x40]);
  expect(cpu.run(100)).toBe("halt");
  expect([cpu.halted, cpu.interruptible, Number(cpu.instructions)]).toEqual([true, false, 2]);
  cpu.setInterrupt(true);
  expect(cpu.run(100)).toBe("halt");
});

test("a reset forgets the last x87 instruction and its operand", () => {
  // FLD DWORD [2000H].
  const { cpu } = machineWith([0xd9, 0x05, 0, 0x20, 0, 0, HLT]);
  const records = () =>
    [STATE.FPU_OPCODE, STATE.FPU_IP, STATE.FPU_CS, STATE.FPU_DP, STATE.FPU_DS].map((at) => cpu.view.getUint32(at, true));
  cpu.run(10);
  expect(records()).toEqual([0x105, 0x1000, 8, 0x2000, 8]);
  cpu.reset();
  expect(records()).toEqual([0, 0, 0, 0, 0]);
});

test("stop() in a host call ends the run after that instruction, and the count is exact in the call", () => {
  let seen = 0n;
  const { cpu } = machineWith([...INCREMENTS.slice(0, 500), 0xe6, 0x80, ...INCREMENTS.slice(0, 400)], {
    portOut: () => {
      seen = cpu.instructions;
      cpu.stop();
    },
  });
  expect(cpu.run(10_000)).toBe("stop");
  expect([Number(seen), Number(cpu.instructions)]).toEqual([500, 501]);
});

test("values that the host sees are unsigned and as wide as the access", () => {
  const seen: number[] = [];
  const code = [0xb8, 0xff, 0xff, 0xff, 0xff, 0xe6, 1, 0x66, 0xe7, 1, 0xe7, 1, 0xa3, 0, 0, 0, 0xf0, HLT];
  const { cpu } = machineWith(code, {
    portOut: (_port, value) => seen.push(value),
    mmioWrite: (address, value) => seen.push(address, value),
  });
  cpu.run(100);
  expect(seen).toEqual([0xff, 0xffff, 0xffffffff, 0xf0000000, 0xffffffff]);
});

test("pages that were written are reported once, until they are written again", () => {
  const store = [0xa2, 0x34, 0x12, 0x08, 0x00];
  const { cpu } = machineWith([...store, 0x40, ...store, HLT]);
  cpu.mapPages(0x80000, 0x4000, "tracked", RAM_BASE + 0x80000);
  cpu.run(1);
  expect(cpu.takeDirtyPages(0x80000, 0x4000)).toEqual([1]);
  cpu.run(1);
  expect(cpu.takeDirtyPages(0x80000, 0x4000)).toEqual([]);
  cpu.run(1);
  expect(cpu.takeDirtyPages(0x80000, 0x4000)).toEqual([1]);
});

test("a closed A20 gate folds odd megabytes onto even ones", () => {
  const { cpu } = machineWith([0xa0, 0x34, 0x12, 0x10, 0x00, 0xa0, 0x34, 0x12, 0x10, 0x00], {}, 2 << 20);
  cpu.ram[0x1234] = 7;
  cpu.ram[0x101234] = 9;
  cpu.setA20(false);
  cpu.run(1);
  expect(cpu.register(STATE.RAX)).toBe(7n);
  cpu.setA20(true);
  cpu.run(1);
  expect(cpu.register(STATE.RAX)).toBe(9n);
});

test("code that a bus master writes is executed as written", () => {
  const { cpu } = machineWith([0x40, 0xeb, 0xfd]);
  cpu.run(1000);
  const before = cpu.register(STATE.RAX);
  cpu.ram[0x1000] = 0x48;
  cpu.memoryWritten(0x1000, 1);
  cpu.run(200);
  expect(cpu.register(STATE.RAX)).toBe(before - 100n);
});

test("code in the upper half of the address space that a bus master writes is executed as written", () => {
  const { cpu } = machineWith([HLT]);
  const at = 0xf0001ffe;
  cpu.mapPages(0xf0000000, 0x4000, "ram", RAM_BASE + 0x10000);
  const run = (code: readonly number[]) => {
    cpu.ram.set(code, 0x11ffe);
    cpu.memoryWritten(at, code.length);
    cpu.view.setBigUint64(STATE.RIP, BigInt(at), true);
    cpu.synchronize();
    cpu.run(code.length);
  };
  run([0x40, 0x40, 0x40, 0x40]);
  run([0x40, 0x43, 0x43, 0x43]);
  expect([cpu.register(STATE.RAX), cpu.register(STATE.RBX)]).toEqual([5n, 3n]);
});

test("peekLinear leaves no trace: no accessed bits, no CR2, no translations", () => {
  const { cpu, ram } = machineWith([HLT]);
  ram.setUint32(0x10000, 0x11003, true);
  ram.setUint32(0x11000 + 5 * 4, 0x6003, true);
  cpu.ram[0x6010] = 0x5a;
  cpu.view.setBigUint64(STATE.CR3, 0x10000n, true);
  cpu.view.setBigUint64(STATE.CR0, 0x80000011n, true);
  cpu.view.setBigUint64(STATE.CR2, 0x1234n, true);
  cpu.synchronize();
  expect([...cpu.peekLinear(0x5010, 1), ...cpu.peekLinear(0x9000, 1)]).toEqual([0x5a, 0]);
  expect([ram.getUint32(0x10000, true), ram.getUint32(0x11014, true)]).toEqual([0x11003, 0x6003]);
  expect(cpu.view.getUint32(STATE.CR2, true)).toBe(0x1234);
});

test("a state that was saved comes back whole", () => {
  const { cpu } = machineWith([...INCREMENTS, HLT]);
  cpu.flags = 0x8d7;
  cpu.run(300);
  const state = cpu.saveState();
  cpu.run(300);
  cpu.loadState(state);
  expect(cpu.saveState()).toEqual(state);
  expect(cpu.run(10_000)).toBe("halt");
  expect(cpu.register(STATE.RAX)).toBe(1000n);
});

test("a record that no processor can be in is refused, field by field", () => {
  const { cpu } = machineWith([HLT]);
  const good = cpu.saveState();
  const spoilt = (address: number, value: number) => {
    const record = good.slice();
    new DataView(record.buffer).setUint32(address - STATE.STATE_BASE, value, true);
    return () => cpu.loadState(record);
  };
  const cases: readonly (readonly [address: number, value: number])[] = [
    [STATE.REGS + STATE.RCX + 4, 1],
    [STATE.REGS + STATE.REG_ZERO, 1],
    [STATE.RIP + 4, 1],
    [STATE.SEGS + STATE.SEG_BASE + 4, 1],
    [STATE.CPL, 4],
    [STATE.ACTIVITY, 4],
    [STATE.SHADOW, 8],
    [STATE.GIF_CLEAR, 2],
    [STATE.GUEST, 3],
    [STATE.A20_MASK, 0],
    [STATE.RFLAGS, 0],
    [STATE.RFLAGS, 0x20002],
    [STATE.MXCSR, 0x10000],
  ];
  for (const [address, value] of cases) expect(spoilt(address, value), `${address}`).toThrow(CpuError);
  expect(() => cpu.loadState(good)).not.toThrow();
});

test("a record of another length, and more memory than there can be, are CpuErrors", () => {
  const { cpu } = machineWith([HLT]);
  expect(() => cpu.loadState(new Uint8Array(100))).toThrow(CpuError);
  expect(() => Cpu.create({ module, ramBytes: 4 * 2 ** 30, host: {} as CpuHost })).toThrow(CpuError);
});
