// Two processors that run one program in assembly language, the one interpreting, the other translating; in the same strides, after each of
// which all that the program can see must be the same. Here are those with flat code, paging, rings and exceptions; segmented-machine.ts has
// others.
import type { Cpu } from "../../core/cpu/cpu.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import type { TranslatorOptions } from "../../core/translator/options.js";
import { assemble } from "../../guests/assembler/index.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";
import { TRANSLATED } from "../../wasm/abi/region.js";
import * as STATE from "../../wasm/abi/state.js";

export const RAM_BYTES = 4 << 20;
const GDT = 0x500;
const IDT = 0x6000;
const TSS = 0x7000;
const CODE = 0x10000;
const STACK = 0x9000;
const VECTORS = 129;
/** PE, NE, WP, PG. */
const CR0 = 0x80010021;
/** PSE. */
const CR4 = 0x10;
const HLT = 0xf4;
const STOPPED = new Set(["halt", "shutdown"]);

/** What programs know of the machine. Linear addresses below 4 MiB are physical ones, and again, all of them, at LARGE. */
export const MACHINE = {
  /** Where they begin. */
  CODE,
  STACK,
  USER_STACK: 0xa000,
  DIRECTORY: 0x80000,
  TABLE: 0x81000,
  /** Page table of the addresses from FAR on. */
  FAR_TABLE: 0x82000,
  /** A second directory, with one that differs in what the window shows. */
  OTHER_DIRECTORY: 0x83000,
  OTHER_TABLE: 0x84000,
  DATA: 0x20000,
  /** A page of which there are two: WINDOW itself and the one after it. */
  WINDOW: 0x30000,
  /** A page for supervisors. */
  SUPERVISOR: 0x40000,
  READ_ONLY: 0x42000,
  /** Pages that nobody else needs. */
  PAGES: 0x100000,
  FAR: 0x1000000,
  LARGE: 0x12400000,
  CODE0: 0x08,
  DATA0: 0x10,
  CODE3: 0x1b,
  DATA3: 0x23,
  BASED1: 0x33,
  BASED2: 0x3b,
  /** 256 bytes of DATA, and everything for reads only. */
  SHORT: 0x43,
  READABLE: 0x4b,
} as const;

const DESCRIPTORS = [
  0n,
  0x00cf9b000000ffffn,
  0x00cf93000000ffffn,
  0x00cffb000000ffffn,
  0x00cff3000000ffffn,
  0x0000890000000067n | (BigInt(TSS) << 16n),
  0x00cff3000000ffffn | (0x100n << 16n),
  0x00cff3000000ffffn | (0x200n << 16n),
  0x0040f300000000ffn | (BigInt(MACHINE.DATA) << 16n),
  0x00cff1000000ffffn,
];
const [PRESENT, WRITABLE, USER, PAGE_SIZE] = [1, 2, 4, 0x80];

const module = builtProcessor();

function create(translator?: TranslatorOptions): Cpu {
  return smallMachine({ module, ramBytes: RAM_BYTES, ...(translator && { translator }) }).cpu;
}

function writePageTables(ram: DataView): void {
  const all = PRESENT | WRITABLE | USER;
  const table = (at: number, to: number) => {
    for (let page = 0; page < 1024; page++) ram.setUint32(at + page * 4, ((to + (page << 12)) % RAM_BYTES) | all, true);
  };
  for (const [directory, first] of [
    [MACHINE.DIRECTORY, MACHINE.TABLE],
    [MACHINE.OTHER_DIRECTORY, MACHINE.OTHER_TABLE],
  ] as const) {
    table(first, 0);
    ram.setUint32(first + (MACHINE.SUPERVISOR >> 10), MACHINE.SUPERVISOR | PRESENT | WRITABLE, true);
    ram.setUint32(first + (MACHINE.READ_ONLY >> 10), MACHINE.READ_ONLY | PRESENT | USER, true);
    ram.setUint32(directory, first | all, true);
    ram.setUint32(directory + (MACHINE.FAR >> 20), MACHINE.FAR_TABLE | all, true);
    ram.setUint32(directory + (MACHINE.LARGE >> 20), PAGE_SIZE | all, true);
  }
  table(MACHINE.FAR_TABLE, 0);
  ram.setUint32(MACHINE.OTHER_TABLE + (MACHINE.WINDOW >> 10), (MACHINE.WINDOW + 0x1000) | all, true);
}

/** Exceptions go to the program's labels vector0 and so on, or end it. */
function writeTables(ram: DataView, handler: (vector: number) => number | undefined): void {
  for (const [n, descriptor] of DESCRIPTORS.entries()) ram.setBigUint64(GDT + n * 8, descriptor, true);
  ram.setUint32(TSS + 4, STACK, true);
  ram.setUint16(TSS + 8, MACHINE.DATA0, true);
  const halt = TSS + 0x800;
  ram.setUint8(halt, HLT);
  for (let vector = 0; vector < VECTORS; vector++) {
    const target = handler(vector) ?? halt;
    ram.setUint32(IDT + vector * 8, (MACHINE.CODE0 << 16) | (target & 0xffff), true);
    ram.setUint32(IDT + vector * 8 + 4, (target & 0xffff0000) | 0xee00, true);
  }
}

/** Loads a program, and brings the processor to where it begins. */
export type Start = (cpu: Cpu, source: string) => void;

function startFlat(cpu: Cpu, source: string): void {
  const { bytes, symbols } = assemble("program.asm", `org ${CODE}\nbits 32\n${source}`, {
    defines: Object.fromEntries(Object.entries(MACHINE).map(([name, value]) => [name, `${value}`])),
  });
  const ram = new DataView(cpu.memory.buffer, RAM_BASE, RAM_BYTES);
  cpu.ram.set(bytes, CODE);
  const label = (name: string) => {
    const symbol = symbols.get(name);
    return symbol && Number(symbol.value);
  };
  writePageTables(ram);
  writeTables(ram, (vector) => label(`vector${vector}`));
  const set = (address: number, value: number) => cpu.view.setBigUint64(address, BigInt(value >>> 0), true);
  for (const n of [STATE.ES, STATE.CS, STATE.SS, STATE.DS, STATE.FS, STATE.GS]) {
    const [selector, access] =
      n === STATE.CS ? [MACHINE.CODE0, 0xc09b] : n === STATE.SS ? [MACHINE.DATA0, 0xc093] : [MACHINE.DATA3, 0xc0f3];
    cpu.setSegment(n, { selector, base: 0, limit: 0xffffffff, access });
  }
  cpu.setSegment(STATE.TR, { selector: 0x28, base: TSS, limit: 0x67, access: 0x8b });
  set(STATE.GDTR_BASE, GDT);
  set(STATE.GDTR_LIMIT, DESCRIPTORS.length * 8 - 1);
  set(STATE.IDTR_BASE, IDT);
  set(STATE.IDTR_LIMIT, VECTORS * 8 - 1);
  set(STATE.CR0, CR0);
  set(STATE.CR3, MACHINE.DIRECTORY);
  set(STATE.CR4, CR4);
  set(STATE.MSR_SYSENTER_CS, MACHINE.CODE0);
  set(STATE.MSR_SYSENTER_ESP, STACK);
  set(STATE.MSR_SYSENTER_EIP, label("system") ?? 0);
  cpu.setRegister(STATE.RSP, BigInt(STACK));
  set(STATE.RIP, label("start")!);
  cpu.flags = 2;
  cpu.synchronize();
}

export interface Outcome {
  /** Where the two differ, or undefined. */
  readonly difference: string | undefined;
  readonly instructions: number;
  /** Which part of them was executed in regions. */
  readonly translated: number;
}

const MOST = 3_000_000;

/** Run a program to its HLT in strides of these lengths in turn. */
export function runBoth(source: string, way: TranslatorOptions, strides: readonly number[], start: Start = startFlat): Outcome {
  const interpreted = create();
  const translated = create(way);
  for (const cpu of [interpreted, translated]) start(cpu, source);
  let difference: string | undefined;
  for (let n = 0; !difference && interpreted.instructions < MOST; n++) {
    const stride = strides[n % strides.length]!;
    const [exit, other] = [interpreted.run(stride), translated.run(stride)];
    difference = exit === other ? compare(interpreted, translated) : `ends ${exit} interpreted, ${other} translated`;
    if (STOPPED.has(exit)) break;
  }
  if (!difference && Buffer.compare(interpreted.ram, translated.ram) !== 0) {
    const at = interpreted.ram.findIndex((byte, n) => byte !== translated.ram[n]);
    difference = `memory at ${at.toString(16)}: ${interpreted.ram[at]} interpreted, ${translated.ram[at]} translated`;
  }
  if (!difference && !interpreted.halted) difference = "the program has no end";
  const instructions = Number(interpreted.instructions);
  return { difference, instructions, translated: Number(translated.view.getBigUint64(TRANSLATED, true)) / instructions };
}

function compare(a: Cpu, b: Cpu): string | undefined {
  const [x, y] = [a.saveState(), b.saveState()];
  if (Buffer.compare(x, y) === 0) return undefined;
  const at = x.findIndex((byte, n) => byte !== y[n]) & ~3;
  const value = (bytes: Uint8Array) => Buffer.from(bytes).readUInt32LE(at).toString(16);
  const names = Object.entries(STATE).filter(([, address]) => address >= STATE.STATE_BASE && address <= STATE.STATE_BASE + at);
  const [name] = names.reduce((best, next) => (next[1] >= best[1] ? next : best));
  return `after ${a.instructions} instructions ${name} (state at ${at}): ${value(x)} interpreted, ${value(y)} translated`;
}
