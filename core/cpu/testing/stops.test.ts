// Breakpoints that the guest can not see: exact places, in code that is interpreted and in code that is translated.
import { expect, test } from "vitest";
import * as STATE from "../../../wasm/abi/state.js";
import * as STOP from "../../../wasm/abi/stop.js";
import { TRANSLATION_POLICIES } from "../../translator/options.js";
import type { Cpu, CpuHost } from "../cpu.js";
import { builtProcessor } from "./built-processor.js";
import { smallMachine } from "./small-machine.js";

const module = builtProcessor();
const WAYS = ["off", "eager"] as const;
const HLT = 0xf4;
const START = 0x1000;

/** Flat ring 0 with `code` at START, interrupts off, and a way to execute. */
function machine(way: (typeof WAYS)[number], code: readonly number[], host: Partial<CpuHost> = {}): Cpu {
  const translator = TRANSLATION_POLICIES[way];
  const { cpu } = smallMachine({ module, host, ...(translator ? { translator } : {}) });
  for (let n = 0; n < 6; n++) cpu.setSegment(n, { selector: 8, base: 0, limit: 0xffffffff, access: n === STATE.CS ? 0xc09b : 0xc093 });
  cpu.view.setBigUint64(STATE.CR0, 0x11n, true);
  cpu.view.setBigUint64(STATE.RIP, BigInt(START), true);
  cpu.setRegister(STATE.RSP, 0x9000n);
  cpu.ram.set(code, START);
  cpu.synchronize();
  return cpu;
}

const eip = (cpu: Cpu) => cpu.view.getUint32(STATE.RIP, true);

/** Run on, past a breakpoint where it stands, to the next stop. */
function go(cpu: Cpu, count = 1 << 20) {
  cpu.stops.pass(eip(cpu));
  for (let left = count; left > 0; left -= 1 << 16) {
    const exit = cpu.run(Math.min(left, 1 << 16));
    if (cpu.stops.isHit || exit !== "budget") break;
  }
  return cpu.stops.take();
}

/** L: INC EAX; CALL far page (2000H: ADD [3000H], EAX; RET); DEC ECX; JNZ L; HLT. */
const LOOP = [0x40, 0xe8, 0xfa, 0x0f, 0, 0, 0x49, 0x75, 0xf7, HLT];
function loopMachine(way: (typeof WAYS)[number], turns: number): Cpu {
  const cpu = machine(way, LOOP);
  cpu.ram.set([0x01, 0x05, 0, 0x30, 0, 0, 0xc3], 0x2000);
  cpu.setRegister(STATE.RCX, BigInt(turns));
  return cpu;
}

test.each(WAYS)("an address: the run ends before its instruction each time, in code that was hot before too (%s)", (way) => {
  const cpu = loopMachine(way, 100_000);
  cpu.run(300_000);
  const before = cpu.register(STATE.RAX);
  for (const address of [0x1006, 0x2000, 0x2006]) {
    cpu.stops.set([address], [], 0);
    go(cpu);
    const first = cpu.register(STATE.RCX);
    expect([go(cpu), eip(cpu)]).toEqual([{ kind: STOP.HIT_EXECUTE, first: address, second: 0 }, address]);
    expect(cpu.register(STATE.RCX)).toBe(first - 1n);
  }
  cpu.stops.set([], [], 0);
  expect(go(cpu)).toBeUndefined();
  expect(cpu.halted).toBe(true);
  expect(cpu.register(STATE.RAX)).toBeGreaterThan(before);
  expect(cpu.instructions).toBe(600_001n);
});

test.each(WAYS)("data: the run ends after the access, whichever the page's other bytes are (%s)", (way) => {
  const cpu = loopMachine(way, 1000);
  cpu.run(500);
  cpu.stops.set([], [{ start: 0x3002, end: 0x3002, read: false, write: true }], 0);
  expect(go(cpu)).toEqual({ kind: STOP.HIT_DATA, first: 0x3002, second: STOP.STOP_WRITE });
  expect(eip(cpu)).toBe(0x2006);
  const count = cpu.register(STATE.RCX);
  go(cpu);
  expect(cpu.register(STATE.RCX)).toBe(count - 1n);
  cpu.stops.set([], [{ start: 0x3004, end: 0x4000, read: true, write: true }], 0);
  expect(go(cpu)).toBeUndefined();
  expect(cpu.instructions).toBe(6001n);
});

test.each(WAYS)("data: the stack, string moves and both halves of a read-modify-write are seen (%s)", (way) => {
  // PUSH EAX; POP EAX; REP MOVSD; INC DWORD [3000H]; MOVUPS XMM0, [2FF8H]; HLT
  const code = [0x50, 0x58, 0xf3, 0xa5, 0xff, 0x05, 0, 0x30, 0, 0, 0x0f, 0x10, 0x05, 0xf8, 0x2f, 0, 0, HLT];
  const cpu = machine(way, code);
  cpu.view.setBigUint64(STATE.CR0, 0x1n, true);
  cpu.view.setBigUint64(STATE.CR4, 0x600n, true);
  cpu.setRegister(STATE.RSI, 0x4000n);
  cpu.setRegister(STATE.RDI, 0x2ff0n);
  cpu.setRegister(STATE.RCX, 10n);
  const range = (start: number, end: number) => ({ start, end, read: true, write: true });
  cpu.stops.set([], [range(0x8ffc, 0x8fff), range(0x3000, 0x3003)], 0);
  const stops: [number, number, number][] = [];
  for (let hit = go(cpu); hit; hit = go(cpu)) stops.push([eip(cpu), hit.first, hit.second]);
  expect(stops).toEqual([
    [0x1001, 0x8ffc, STOP.STOP_WRITE],
    [0x1002, 0x8ffc, STOP.STOP_READ],
    // The chunk of REP MOVSD that ends with the page is over before.
    [0x1004, 0x3000, STOP.STOP_WRITE],
    [0x100a, 0x3000, STOP.STOP_READ],
    [0x1011, 0x3000, STOP.STOP_READ],
  ]);
});

test.each(WAYS)("events: exceptions, software interrupts, MSRs and modes, each after it happened (%s)", (way) => {
  // XOR EDX,EDX; MOV ECX,1BH; RDMSR; INT 20H; UD2
  const code = [0x31, 0xd2, 0xb9, 0x1b, 0, 0, 0, 0x0f, 0x32, 0xcd, 0x20, 0x0f, 0x0b, HLT];
  const cpu = machine(way, code);
  const view = new DataView(cpu.ram.buffer, cpu.ram.byteOffset);
  // GDT at 5000H with a code segment; IDT at 6000H: INT 20H to 7000H (IRET), #UD to 7100H, where CR0.PE is cleared.
  view.setBigUint64(0x5008, 0x00cf9b000000ffffn, true);
  for (const [vector, to] of [
    [0x20, 0x7000],
    [6, 0x7100],
  ] as const)
    view.setBigUint64(0x6000 + vector * 8, 0x00008e0000080000n | BigInt(to), true);
  cpu.ram.set([0xcf], 0x7000);
  cpu.ram.set([0x0f, 0x20, 0xc0, 0x25, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x22, 0xc0, HLT], 0x7100);
  cpu.view.setBigUint64(STATE.GDTR_BASE, 0x5000n, true);
  cpu.view.setUint32(STATE.GDTR_LIMIT, 0xffff, true);
  cpu.view.setBigUint64(STATE.IDTR_BASE, 0x6000n, true);
  cpu.view.setUint32(STATE.IDTR_LIMIT, 0x7ff, true);
  cpu.synchronize();
  cpu.stops.set([], [], STOP.STOP_ON_EXCEPTION | STOP.STOP_ON_SOFTWARE | STOP.STOP_ON_MSR | STOP.STOP_ON_MODE);
  const stops: [number, number, number, number][] = [];
  for (let hit = go(cpu); hit; hit = go(cpu)) stops.push([hit.kind, eip(cpu), hit.first, hit.second]);
  expect(stops).toEqual([
    [STOP.HIT_MSR, 0x1009, 0x1b, STOP.STOP_READ],
    [STOP.HIT_SOFTWARE, 0x7000, 0x20, 0],
    [STOP.HIT_EXCEPTION, 0x7100, 6, 0],
    [STOP.HIT_MODE, 0x710b, 0, 0],
  ]);
});

test("a repeated instruction that is interrupted between its chunks stops once", () => {
  const cpu = machine("off", [0xf3, 0xaa, HLT]);
  cpu.setRegister(STATE.RDI, 0x2ff0n);
  cpu.setRegister(STATE.RCX, 0x2000n);
  cpu.stops.set([START], [], 0);
  expect(cpu.run(100)).toBe("stop");
  expect(cpu.stops.take()?.kind).toBe(STOP.HIT_EXECUTE);
  expect(go(cpu)).toBeUndefined();
  expect([cpu.halted, cpu.instructions]).toEqual([true, 4n]);
});

test("an instruction that lies on two pages, one of them with a breakpoint, is executed and stopped at as any other", () => {
  for (const at of [0xffe, 0x1003]) {
    // 0FFEH: MOV EAX, 12345678H; INC EAX; HLT
    const cpu = machine("off", []);
    cpu.ram.set([0xb8, 0x78, 0x56, 0x34, 0x12, 0x40, HLT], 0xffe);
    cpu.view.setBigUint64(STATE.RIP, 0xffen, true);
    cpu.synchronize();
    cpu.stops.set([at], [], 0);
    cpu.run(100);
    expect([eip(cpu), cpu.stops.take()?.first]).toEqual([at, at]);
    expect(go(cpu)).toBeUndefined();
    expect(cpu.register(STATE.RAX)).toBe(0x12345679n);
  }
});
