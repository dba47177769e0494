// Two processors that run the same short loop, one by exec functions alone and one translated, to compare all they have afterwards.
// Flat protected mode, ring 0, no paging; every exception ends in a HLT.
import type { Cpu } from "../../core/cpu/cpu.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import * as STATE from "../../wasm/abi/state.js";

const GDT = 0x500;
const IDT = 0x600;
const HANDLERS = 0x800;
const CODE = 0x1000;
const STACK = 0x9000;
/** Where programs find their operands, in two pages. */
export const DATA = 0x10000;
export const DATA_BYTES = 0x2000;
const MIDDLE = DATA_BYTES / 2;
const HLT = 0xf4;
const LOOP = 0xe2;
const VECTORS = 32;
const CODE_ACCESS = 0xc09b;
const DATA_ACCESS = 0xc093;
const INTERRUPT_GATE = 0x8e00;
/** PE, NE. */
export const CR0_DEFAULT = 0x21;
/** OSFXSR, OSXMMEXCPT. */
export const CR4_DEFAULT = 0x600;
const CONTROL_DEFAULT = 0x37f;
/** More instructions than a loop has until it is translated. */
const WARM_UP = 4000;
const ENOUGH = 4000;

/** What a run starts from. */
export interface Input {
  readonly registers: Uint32Array;
  /** XMM0 to XMM7. */
  readonly vectors: Uint8Array;
  /** The x87 registers, 16 bytes each. */
  readonly floats: Uint8Array;
  readonly mxcsr: number;
  /** As after FNINIT if there is none. */
  readonly x87Control?: number;
  readonly x87Status: number;
  readonly x87Tags: number;
  readonly flags: number;
  readonly cr0: number;
  readonly cr4: number;
  readonly data: Uint8Array;
  /** Translated code has to leave PUSHF and POPF alone, as in a guest. */
  readonly attention?: boolean;
}

class Side {
  readonly cpu: Cpu;

  constructor(module: WebAssembly.Module, policy: TranslationPolicy) {
    const translator = TRANSLATION_POLICIES[policy];
    const { cpu, ram } = smallMachine({ module, ...(translator && { translator }) });
    this.cpu = cpu;
    this.buildTables(ram);
  }

  private buildTables(ram: DataView): void {
    ram.setBigUint64(GDT + 8, 0x00cf9b000000ffffn, true);
    ram.setBigUint64(GDT + 16, 0x00cf93000000ffffn, true);
    for (let vector = 0; vector < VECTORS; vector++) {
      ram.setUint32(IDT + vector * 8, (8 << 16) | (HANDLERS + vector), true);
      ram.setUint32(IDT + vector * 8 + 4, INTERRUPT_GATE, true);
      ram.setUint8(HANDLERS + vector, HLT);
    }
  }

  private set(address: number, value: number): void {
    this.cpu.view.setUint32(address, value, true);
  }

  /** `code`, then LOOP back to it, then HLT; run until it is translated. */
  load(code: readonly number[]): void {
    const { cpu } = this;
    cpu.reset();
    for (const n of [STATE.ES, STATE.CS, STATE.SS, STATE.DS, STATE.FS, STATE.GS]) {
      const [selector, access] = n === STATE.CS ? [8, CODE_ACCESS] : [16, DATA_ACCESS];
      cpu.setSegment(n, { selector, base: 0, limit: 0xffffffff, access });
    }
    this.set(STATE.GDTR_BASE, GDT);
    this.set(STATE.GDTR_LIMIT, 23);
    this.set(STATE.IDTR_BASE, IDT);
    this.set(STATE.IDTR_LIMIT, VECTORS * 8 - 1);
    this.set(STATE.CR0, CR0_DEFAULT);
    this.set(STATE.CR4, CR4_DEFAULT);
    cpu.ram.set([...code, LOOP, -code.length - 2, HLT], CODE);
    cpu.memoryWritten(CODE, code.length + 3);
    this.set(STATE.MXCSR, 0x1f80);
    this.set(STATE.FPU_CONTROL, CONTROL_DEFAULT);
    this.set(STATE.FPU_STATUS, 0);
    this.registers([0, WARM_UP, 0, 0, STACK, 0, DATA + MIDDLE, DATA]);
    this.go();
    cpu.synchronize();
    cpu.run(WARM_UP);
  }

  private registers(values: ArrayLike<number>): void {
    for (let n = 0; n < 8; n++) this.cpu.setRegister(n * 8, BigInt(values[n]!));
  }

  private go(): void {
    this.cpu.view.setBigUint64(STATE.RIP, BigInt(CODE), true);
    this.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
  }

  run(input: Input, count: number): void {
    const { cpu } = this;
    this.registers(input.registers);
    cpu.bytes.set(input.vectors, STATE.XMM);
    cpu.bytes.set(input.floats, STATE.FPU_REGS);
    this.set(STATE.MXCSR, input.mxcsr);
    this.set(STATE.FPU_CONTROL, input.x87Control ?? CONTROL_DEFAULT);
    this.set(STATE.FPU_STATUS, input.x87Status);
    this.set(STATE.FPU_TAGS, input.x87Tags);
    this.set(STATE.CR0, input.cr0);
    this.set(STATE.CR4, input.cr4);
    this.set(STATE.GUEST_ATTENTION, input.attention ? 1 : 0);
    cpu.ram.set(input.data, DATA);
    cpu.flags = input.flags;
    this.go();
    cpu.run(count);
  }

  /** The state record. */
  get record(): Uint8Array {
    return this.cpu.bytes.subarray(STATE.STATE_BASE, STATE.STATE_END);
  }

  get memory(): Uint8Array {
    return this.cpu.ram;
  }
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  if (Buffer.compare(a, b) === 0) return -1;
  return a.findIndex((byte, n) => byte !== b[n]);
}

export class Pair {
  private readonly interpreted: Side;
  private readonly translated: Side;

  constructor(module: WebAssembly.Module) {
    this.interpreted = new Side(module, "off");
    this.translated = new Side(module, "eager");
  }

  /** Regions that were made. */
  get regions(): number {
    return this.translated.cpu.translation!.regions;
  }

  load(code: readonly number[]): void {
    this.interpreted.load(code);
    this.translated.load(code);
    this.translated.cpu.view.setBigUint64(STATE.INSTRUCTIONS, this.interpreted.cpu.instructions, true);
  }

  /** Where the two differ after a run of at most `count` instructions from `input`, or undefined. */
  run(input: Input, count = ENOUGH): string | undefined {
    this.interpreted.run(input, count);
    this.translated.run(input, count);
    const { interpreted: a, translated: b } = this;
    if (a.cpu.flags !== b.cpu.flags) return `flags ${a.cpu.flags.toString(16)} ${b.cpu.flags.toString(16)}`;
    const state = firstDifference(a.record, b.record);
    if (state >= 0) return `state at ${state} ${place(state)}: ${show(a.record, state)} interpreted, ${show(b.record, state)} translated`;
    const ram = firstDifference(a.memory, b.memory);
    if (ram >= 0) return `memory at ${ram.toString(16)}: ${show(a.memory, ram)} interpreted, ${show(b.memory, ram)} translated`;
    return undefined;
  }
}

function show(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.subarray(at & ~15, (at & ~15) + 16)).toString("hex");
}

function place(offset: number): string {
  const at = offset + STATE.STATE_BASE;
  if (at === STATE.MXCSR) return "MXCSR";
  if (at >= STATE.XMM && at < STATE.MXCSR) return `XMM${(at - STATE.XMM) >> 4}`;
  if (at >= STATE.FPU_REGS && at < STATE.FPU_CONTROL) return `MM${(at - STATE.FPU_REGS) >> 4}`;
  return at < STATE.RIP ? `register ${(at - STATE.REGS) >> 3}` : "";
}
