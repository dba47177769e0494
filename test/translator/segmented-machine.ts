// How programs begin whose code is 16-bit or has segments that are not flat. Code, data and stack lie in segments of their own; offsets in a
// program count from the start of its code segment. Exceptions go to the labels vector0 and so on, or end the program.
import type { Cpu } from "../../core/cpu/cpu.js";
import { assemble } from "../../guests/assembler/index.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import { RAM_BYTES, type Start } from "./system-pair.js";

const CODE_BASE = 0x10000;
const DATA_BASE = 0x20000;
const STACK_BASE = 0x30000;
const GDT = 0x1000;
const IDT = 0x1800;
const TSS = 0x2000;
const INNER_STACK = 0x9000;
/** Where a HLT lies in the code segment. */
const HALT = 0x7f00;
const HLT = 0xf4;
const VECTORS = 33;
const STACK = 0x8000;
const FLAG_VM = 0x20000;
const IOPL_3 = 0x3000;

/** What programs know besides where code and stack begin: selectors. */
const SELECTOR = {
  /** Of real and virtual-8086 mode. The one after CODE begins a page later, those after DATA and STACK_SEGMENT a paragraph. */
  CODE: CODE_BASE >> 4,
  CODE_NEXT: (CODE_BASE + 0x1000) >> 4,
  DATA: DATA_BASE >> 4,
  DATA_NEXT: (DATA_BASE >> 4) + 1,
  STACK_SEGMENT: STACK_BASE >> 4,
  STACK_NEXT: (STACK_BASE >> 4) + 1,
  /** Of protected mode. */
  CODE32: 0x08,
  FLAT: 0x10,
  CODE16: 0x20,
  DATA16: 0x28,
  STACK16: 0x30,
  SHORT: 0x38,
  EXPAND_DOWN: 0x40,
  CODE16_NEXT: 0x48,
  READ_ONLY: 0x50,
  BASED: 0x58,
  CODE32_NEXT: 0x60,
  STACK32: 0x68,
  SHORT_STACK: 0x70,
  CODE16_SHORT: 0x78,
  CODE16_PAGE: 0x80,
  CODE16_LONG: 0x88,
  CODE16_ABOVE: 0x90,
  CODE16_CUT: 0x98,
  FLAT_CODE: 0xa0,
} as const;

type Segment = readonly [base: number, limit: number, access: number];

const DESCRIPTORS: Readonly<Record<number, Segment>> = {
  [SELECTOR.CODE32]: [CODE_BASE, 0xffff, 0x409b],
  [SELECTOR.FLAT]: [0, 0xfffff, 0xc093],
  [SELECTOR.CODE16]: [CODE_BASE, 0xffff, 0x009b],
  [SELECTOR.DATA16]: [DATA_BASE, 0xffff, 0x0093],
  [SELECTOR.STACK16]: [STACK_BASE, 0xffff, 0x0093],
  [SELECTOR.SHORT]: [DATA_BASE, 0x0ffe, 0x0093],
  [SELECTOR.EXPAND_DOWN]: [DATA_BASE, 0x0ffe, 0x0097],
  [SELECTOR.CODE16_NEXT]: [CODE_BASE + 0x1000, 0xffff, 0x009b],
  [SELECTOR.READ_ONLY]: [DATA_BASE, 0xffff, 0x0091],
  [SELECTOR.BASED]: [DATA_BASE + 0x102, 0x1ffff, 0x0093],
  [SELECTOR.CODE32_NEXT]: [CODE_BASE + 0x1000, 0xffff, 0x409b],
  [SELECTOR.STACK32]: [STACK_BASE, 0x1ffff, 0x4093],
  [SELECTOR.SHORT_STACK]: [STACK_BASE, 0x7fff, 0x0093],
  [SELECTOR.CODE16_SHORT]: [CODE_BASE, 0x3ff, 0x009b],
  [SELECTOR.CODE16_PAGE]: [CODE_BASE, 0xfff, 0x009b],
  [SELECTOR.CODE16_LONG]: [CODE_BASE, 0x1ffff, 0x009b],
  [SELECTOR.CODE16_ABOVE]: [CODE_BASE + 0x10000, 0xffff, 0x009b],
  [SELECTOR.CODE16_CUT]: [CODE_BASE, 0x13ff, 0x009b],
  [SELECTOR.FLAT_CODE]: [0, 0xfffff, 0xc09b],
};

function descriptor([base, limit, access]: Segment): bigint {
  const high = (base & 0xff000000) | ((access & 0xf000) << 8) | (limit & 0xf0000) | ((access & 0xff) << 8) | (base >>> 16);
  return (BigInt(high >>> 0) << 32n) | BigInt((((base & 0xffff) << 16) | (limit & 0xffff)) >>> 0);
}

type Label = (name: string) => number | undefined;

function load(cpu: Cpu, source: string, bits: 16 | 32): Label {
  const defines = Object.fromEntries(Object.entries({ ...SELECTOR, CODE_BASE, STACK }).map(([name, value]) => [name, `${value}`]));
  const { bytes, symbols } = assemble("program.asm", `org 0\nbits ${bits}\n${source}`, { defines });
  cpu.ram.set(bytes, CODE_BASE);
  cpu.ram[CODE_BASE + HALT] = HLT;
  return (name) => {
    const symbol = symbols.get(name);
    return symbol && Number(symbol.value);
  };
}

function set(cpu: Cpu, address: number, value: number): void {
  cpu.view.setBigUint64(address, BigInt(value >>> 0), true);
}

function begin(cpu: Cpu, label: Label, flags: number): void {
  cpu.setRegister(STATE.RSP, BigInt(STACK));
  set(cpu, STATE.RIP, label("start")!);
  cpu.flags = flags;
  cpu.synchronize();
}

/** CS, SS and the others in real and virtual-8086 mode. */
function setParagraphs(cpu: Cpu, access: number): void {
  for (const n of [STATE.ES, STATE.CS, STATE.SS, STATE.DS, STATE.FS, STATE.GS]) {
    const selector = n === STATE.CS ? SELECTOR.CODE : n === STATE.SS ? SELECTOR.STACK_SEGMENT : SELECTOR.DATA;
    cpu.setSegment(n, { selector, base: selector << 4, limit: 0xffff, access });
  }
}

function setTables(cpu: Cpu, label: Label): void {
  const ram = new DataView(cpu.memory.buffer, RAM_BASE, RAM_BYTES);
  for (const [selector, segment] of Object.entries(DESCRIPTORS)) ram.setBigUint64(GDT + Number(selector), descriptor(segment), true);
  for (let vector = 0; vector < VECTORS; vector++) {
    ram.setUint32(IDT + vector * 8, (SELECTOR.CODE32 << 16) | (label(`vector${vector}`) ?? HALT), true);
    ram.setUint32(IDT + vector * 8 + 4, 0xee00, true);
  }
  ram.setUint32(TSS + 4, INNER_STACK, true);
  ram.setUint16(TSS + 8, SELECTOR.FLAT, true);
  cpu.setSegment(STATE.TR, { selector: 0x18, base: TSS, limit: 0x67, access: 0x8b });
  set(cpu, STATE.GDTR_BASE, GDT);
  set(cpu, STATE.GDTR_LIMIT, 0xa7);
  set(cpu, STATE.IDTR_BASE, IDT);
  set(cpu, STATE.IDTR_LIMIT, VECTORS * 8 - 1);
  set(cpu, STATE.CR0, 0x21);
}

const real: Start = (cpu, source) => {
  const label = load(cpu, source, 16);
  const ram = new DataView(cpu.memory.buffer, RAM_BASE, RAM_BYTES);
  for (let vector = 0; vector < VECTORS; vector++)
    ram.setUint32(vector * 4, (SELECTOR.CODE << 16) | (label(`vector${vector}`) ?? HALT), true);
  setParagraphs(cpu, 0x93);
  set(cpu, STATE.CR0, 0x20);
  begin(cpu, label, 2);
};

/** With IOPL 3 where the program says so; its handlers are 32-bit code in ring 0. */
const virtual8086: Start = (cpu, source) => {
  const label = load(cpu, source, 16);
  setTables(cpu, label);
  setParagraphs(cpu, 0xf3);
  set(cpu, STATE.CPL, 3);
  begin(cpu, label, 2 | FLAG_VM | (label("iopl3") === undefined ? 0 : IOPL_3));
};

/** Ring 0, with the selectors of code, stack and data. Handlers are 32-bit code. */
function startProtected(bits: 16 | 32, code: number, stack: number, data: number): Start {
  return (cpu, source) => {
    const label = load(cpu, source, bits);
    setTables(cpu, label);
    for (const n of [STATE.ES, STATE.CS, STATE.SS, STATE.DS, STATE.FS, STATE.GS]) {
      const selector = n === STATE.CS ? code : n === STATE.SS ? stack : data;
      const [base, limit, access] = DESCRIPTORS[selector]!;
      cpu.setSegment(n, { selector, base, limit, access });
    }
    begin(cpu, label, 2);
  };
}

/** Modes of the processor in which programs begin. */
export const STARTS = {
  real,
  virtual8086,
  protected16: startProtected(16, SELECTOR.CODE16, SELECTOR.STACK16, SELECTOR.DATA16),
  protected32: startProtected(32, SELECTOR.CODE32, SELECTOR.STACK32, SELECTOR.DATA16),
} as const satisfies Readonly<Record<string, Start>>;
