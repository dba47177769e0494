// The machine of tests in protected mode: flat, ring 0, one page of code; every exception, and HLT itself, ends a run. Host code: vitest
// runs it, asc never sees it.
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import * as STATE from "../abi/state.js";

const GDT = 0x500;
const IDT = 0x600;
/** A HLT for each vector. */
const HANDLERS = 0x800;
export const CODE = 0x1000;
/** Initial stack pointer. */
export const STACK = 0x9000;
/** First of the pages that are free for tests. */
export const DATA = 0x10000;
/** Guest-physical page behind which the host answers. */
export const DEVICE = 0xa0000;

const HLT = 0xf4;
const CODE_ACCESS = 0xc09b;
const DATA_ACCESS = 0xc093;
const INTERRUPT_GATE = 0x8e00;
const CR0_PE = 1;
const CR0_PG = 0x80000000;
const PAGE_DIRECTORY = 0xc000;
const PAGE_TABLE = 0xd000;

/** What the host saw of accesses to DEVICE, in order: "w offset size value" and "r offset size". */
export const deviceLog: string[] = [];
export const ports = { portOut: (_port: number, _value: number) => {} };

const host = {
  portOut: (port: number, value: number) => ports.portOut(port, value),
  mmioRead: (address: number, size: number) => {
    deviceLog.push(`r ${address - DEVICE} ${size}`);
    return (address - DEVICE) & 0xff;
  },
  mmioWrite: (address: number, value: number, size: number) => {
    deviceLog.push(`w ${address - DEVICE} ${size} ${value}`);
  },
  interruptAcknowledge: () => {
    cpu.setInterrupt(false);
    return 0x1f;
  },
};

export const { cpu, ram } = smallMachine({ module: builtProcessor(), host });
cpu.mapPages(DEVICE, 0x1000, "none");

export interface SegmentPatch {
  readonly base?: number;
  readonly limit?: number;
  /** D/B bit: 32-bit code, or a 32-bit stack pointer. */
  readonly big?: boolean;
}

/** Change the hidden part of a segment register. */
export function setSegment(n: number, { base = 0, limit = 0xffffffff, big = true }: SegmentPatch = {}): void {
  const [selector, access] = n === STATE.CS ? [8, CODE_ACCESS] : [16, DATA_ACCESS];
  cpu.setSegment(n, { selector, base, limit, access: big ? access : access & ~0x4000 });
}

const set64 = (address: number, value: number) => cpu.view.setBigUint64(address, BigInt(value), true);

/** Power on, then flat protected mode without paging; RAM cleared. Call before each test. */
export function powerOn(): void {
  cpu.reset();
  cpu.ram.fill(0);
  deviceLog.length = 0;
  ports.portOut = () => {};
  for (const n of [STATE.ES, STATE.CS, STATE.SS, STATE.DS, STATE.FS, STATE.GS]) setSegment(n);
  ram.setBigUint64(GDT + 8, 0x00cf9b000000ffffn, true);
  ram.setBigUint64(GDT + 16, 0x00cf93000000ffffn, true);
  set64(STATE.GDTR_BASE, GDT);
  set64(STATE.GDTR_LIMIT, 23);
  for (let vector = 0; vector < 32; vector++) {
    ram.setUint32(IDT + vector * 8, (8 << 16) | (HANDLERS + vector), true);
    ram.setUint32(IDT + vector * 8 + 4, INTERRUPT_GATE, true);
    ram.setUint8(HANDLERS + vector, HLT);
  }
  set64(STATE.IDTR_BASE, IDT);
  set64(STATE.IDTR_LIMIT, 255);
  set64(STATE.CR0, CR0_PE);
}

/** Turn paging on: the first MiB one to one, without the pages given. */
export function pageAllBut(...absent: number[]): void {
  for (let page = 0; page < 256; page++) ram.setUint32(PAGE_TABLE + page * 4, absent.includes(page * 4096) ? 0 : page * 4096 + 3, true);
  ram.setUint32(PAGE_DIRECTORY, PAGE_TABLE + 3, true);
  set64(STATE.CR3, PAGE_DIRECTORY);
  set64(STATE.CR0, CR0_PG + CR0_PE);
}

export interface Registers {
  readonly eax?: number;
  readonly ecx?: number;
  readonly edx?: number;
  readonly ebx?: number;
  readonly esp?: number;
  readonly ebp?: number;
  readonly esi?: number;
  readonly edi?: number;
}

const NAMES = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"] as const;

export interface Outcome extends Required<Registers> {
  /** Vector of the exception or interrupt that ended the run; -1: the code's own HLT did. */
  readonly vector: number;
  /** EIP the handler would return to. */
  readonly eip: number;
  /** EFLAGS as pushed, or as they are. */
  readonly flags: number;
  readonly instructions: number;
}

/** Execute `code`, followed by HLT, from CODE or the given address on. */
export function execute(code: readonly number[], registers: Registers = {}, { flags = 2, at = CODE } = {}): Outcome {
  cpu.ram.set([...code, HLT], at);
  cpu.memoryWritten(at, code.length + 1);
  NAMES.forEach((name, i) => {
    cpu.setRegister(i * 8, BigInt((registers[name] ?? (name === "esp" ? STACK : 0)) >>> 0));
  });
  cpu.flags = flags | 2;
  return resume(at);
}

/** Go on at an address with everything else as it is. */
export function resume(at: number): Outcome {
  set64(STATE.RIP, at);
  cpu.view.setUint32(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING, true);
  cpu.synchronize();
  const before = cpu.instructions;
  const exit = cpu.run(100_000);
  if (exit !== "halt") throw new Error(`the processor stopped for ${exit}`);
  const rip = Number(cpu.view.getBigUint64(STATE.RIP, true)) - 1;
  const vector = rip >= HANDLERS && rip < HANDLERS + 32 ? rip - HANDLERS : -1;
  const values = NAMES.map((_, i) => Number(cpu.register(i * 8)));
  const [eax, ecx, edx, ebx, , ebp, esi, edi] = values as [number, number, number, number, number, number, number, number];
  let esp = values[4]!;
  let eip = rip;
  let flags = cpu.flags;
  if (vector >= 0) {
    const errorCode = [10, 11, 12, 13, 14, 17].includes(vector) ? 4 : 0;
    eip = ram.getUint32(esp + errorCode, true);
    flags = ram.getUint32(esp + errorCode + 8, true);
    esp += errorCode + 12;
  }
  return { eax, ecx, edx, ebx, esp, ebp, esi, edi, vector, eip, flags, instructions: Number(cpu.instructions - before) };
}
