// Descriptors decoded as the processor takes them: random ones are loaded into DS, and asked about with LSL.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import { CpuVcpu } from "../../core/debug/cpu-vcpu.js";
import { decodeDescriptor, readGdt, readIdt, readLdt, readTss } from "../../core/debug/descriptors.js";
import * as STATE from "../../wasm/abi/state.js";
import { firstSeed } from "../fuzz/seed.js";
import { Random } from "../oracle/random.js";

const GDT = 0x2000;
const IDT = 0x3000;
const TSS = 0x4000;
const HANDLERS = 0x5000;
const HLT = 0xf4;
const { cpu, ram } = smallMachine({ module: builtProcessor() });
const vcpu = new CpuVcpu(cpu);

function start(code: readonly number[]): void {
  cpu.reset();
  for (let n = 0; n < 6; n++) cpu.setSegment(n, { selector: 8, base: 0, limit: 0xffffffff, access: n === STATE.CS ? 0xc09b : 0xc093 });
  cpu.setSegment(STATE.TR, { selector: 0x28, base: TSS, limit: 0x67, access: 0x8b });
  cpu.setSegment(STATE.LDTR, { selector: 0, base: 0, limit: 0, access: 0 });
  for (const [address, value] of [
    [STATE.CR0, 0x11],
    [STATE.RIP, 0x1000],
    [STATE.GDTR_BASE, GDT],
    [STATE.GDTR_LIMIT, 0x2f],
    [STATE.IDTR_BASE, IDT],
    [STATE.IDTR_LIMIT, 0xff],
  ] as const)
    cpu.view.setBigUint64(address, BigInt(value), true);
  cpu.setRegister(STATE.RSP, 0x9000n);
  cpu.ram.fill(HLT, HANDLERS, HANDLERS + 0x100);
  cpu.ram.set(code, 0x1000);
  ram.setBigUint64(GDT + 8, 0x00cf9b000000ffffn, true);
  for (let vector = 0; vector < 32; vector++) ram.setBigUint64(IDT + vector * 8, 0x00008e0000080000n | BigInt(HANDLERS + vector), true);
  cpu.synchronize();
}

/** MOV EAX, 10H; LSL ECX, EAX; JNZ over; MOV DS, EAX; INC ESI; HLT. */
const PROBE = [0xb8, 0x10, 0, 0, 0, 0x0f, 0x03, 0xc8, 0x75, 3, 0x8e, 0xd8, 0x46, HLT];

test("base, limit and presence of random descriptors are those the processor loads", () => {
  const random = new Random(firstSeed());
  let loaded = 0;
  for (let n = 0; n < 300; n++) {
    start(PROBE);
    const raw = (BigInt(random.u32()) << 32n) | BigInt(random.u32());
    ram.setBigUint64(GDT + 16, raw, true);
    const decoded = readGdt(vcpu).find(({ index }) => index === 2);
    cpu.setRegister(STATE.RSI, 0n);
    cpu.run(100);
    if (cpu.register(STATE.RSI) !== 1n || decoded?.kind !== "segment") {
      // Not loaded: a system descriptor, not present, or code that can not be read.
      const loadable = decoded?.kind === "segment" && decoded.present && /data|readable/.test(decoded.type);
      expect(loadable, raw.toString(16)).toBe(false);
      continue;
    }
    loaded++;
    expect([decoded.base, decoded.limit], raw.toString(16)).toEqual([cpu.segment(STATE.DS).base, Number(cpu.register(STATE.RCX))]);
    expect(decoded.present).toBe(true);
  }
  expect(loaded).toBeGreaterThan(30);
});

test("an interrupt goes where the gate says", () => {
  const random = new Random(firstSeed());
  for (let n = 0; n < 20; n++) {
    start([0xcd, 0x18]);
    const offset = HANDLERS + random.below(0x100);
    const gate = 0x0000ee0000080000n | BigInt(offset);
    ram.setBigUint64(IDT + 0x18 * 8, gate, true);
    cpu.run(1);
    const found = readIdt(vcpu).find(({ index }) => index === 0x18);
    expect(found).toEqual({ kind: "gate", index: 0x18, selector: 8, offset, dpl: 3, present: true, type: "32-bit interrupt gate" });
    expect(cpu.view.getUint32(STATE.RIP, true)).toBe(offset);
  }
});

test("what the manual's tables show", () => {
  expect(decodeDescriptor(0x00cffa000000ffffn, 3)).toMatchObject({ base: 0, limit: 0xffffffff, dpl: 3, type: "32-bit code, readable" });
  expect(decodeDescriptor(0x800096123456ffffn, 1)).toMatchObject({
    base: 0x80123456,
    limit: 0xffff,
    type: "16-bit data, expand-down, writable",
  });
  expect(decodeDescriptor(0x0000850000280000n, 8)).toMatchObject({ kind: "gate", selector: 0x28, offset: 0, type: "task gate" });
  expect(decodeDescriptor(0x123464001008abcdn, 8)).toMatchObject({ kind: "gate", selector: 0x1008, dpl: 3, present: false });
});

test("the task-state segment by its fields, as far as its limit goes; no LDT is an empty one", () => {
  start([]);
  ram.setUint32(TSS + 4, 0x12345678, true);
  ram.setUint16(TSS + 8, 0x10, true);
  ram.setUint16(TSS + 102, 0x68, true);
  const fields = readTss(vcpu);
  expect([fields.get("esp0"), fields.get("ss0"), fields.get("i/o map")]).toEqual([0x12345678, 0x10, 0x68]);
  cpu.setSegment(STATE.TR, { selector: 0x28, base: TSS, limit: 0x0b, access: 0x8b });
  expect([...readTss(vcpu).keys()]).toEqual(["link", "esp0", "ss0"]);
  cpu.setSegment(STATE.TR, { selector: 0, base: TSS, limit: 0x67, access: 0x8b });
  expect(readTss(vcpu).size).toBe(0);
  expect(readLdt(vcpu)).toEqual([]);
});
