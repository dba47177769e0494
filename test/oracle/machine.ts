// The emulated side of a vector: a processor set up as Linux sets one up for a 32-bit program. Ring 3, PAE paging with NX, the three
// pages of the vector mapped at their addresses and nothing else below 64 KiB; every exception ends in a ring-0 handler that halts, so
// that the frame on the ring-0 stack tells what the program had. On request, the instruction is translated and executed once more.
import type { Cpu } from "../../core/cpu/cpu.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import type { TranslatorOptions } from "../../core/translator/options.js";
import { CODE_TLB_BASE, CODE_TLB_SIZE, RAM_BASE, TLB_BASE, TLB_SET_SIZE, TLB_SET_USER } from "../../wasm/abi/layout.js";
import { HOT_COUNT, HOT_LIST, PAGE_ENTRIES, TRANSLATED } from "../../wasm/abi/region.js";
import * as STATE from "../../wasm/abi/state.js";
import type { Vector } from "./format.js";
import {
  CODE_BASE,
  DATA_BASE,
  ESP,
  FX_FCW,
  FX_FDP,
  FX_FIP,
  FX_FOP,
  FX_FSW,
  FX_FTW,
  FX_MXCSR,
  FX_ST,
  FX_XMM,
  IMAGE_CR2,
  IMAGE_DATA,
  IMAGE_ERROR,
  IMAGE_FX,
  IMAGE_RFLAGS,
  IMAGE_RIP,
  IMAGE_STACK,
  IMAGE_VECTOR,
  LDT,
  PAGE,
  STACK_BASE,
  StateImage,
} from "./layout.js";

/** What belongs to ring 0 lies at these physical addresses, and at RING0 above them in the linear space, far from any vector's operands. */
const RING0 = 0xc0000000;
const PDPT = 0x20000;
export const USER_DIRECTORY = 0x21000;
const USER_TABLE = 0x22000;
const RING0_DIRECTORY = 0x23000;
const RING0_TABLE = 0x24000;
export const GDT = 0x30000;
const LDT_BASE = 0x31000;
const IDT = 0x32000;
const TSS = 0x33000;
const HANDLERS = 0x34000;
const RING0_STACK = 0x36000;

const SEL_RING0_CODE = 0x08;
const SEL_RING0_DATA = 0x10;
const SEL_TSS = 0x40;
const SEL_LDT = 0x50;

const PRESENT_WRITABLE = 0x63n;
const USER = 4n;
const NO_EXECUTE = 1n << 63n;
/** PE, MP, ET, NE, WP, AM, PG: as Linux has it. */
const CR0_VALUE = 0x80050033;
/** DE, PAE, OSFXSR, OSXMMEXCPT. */
const CR4_VALUE = 0x628;
const EFER_NXE = 0x800;
const HLT = 0xf4;
const INT3_WORD = 0xcccccccc;
/** Vectors that push an error code. */
const WITH_ERROR = new Set([8, 10, 11, 12, 13, 14, 17]);
/** More than any repetition of a vector, be it REP or a LOOP into itself. */
const BUDGET = 1 << 20;
const RAM_BYTES = 2 << 20;
/** Nothing becomes hot of itself: run() says what is. The TLB is empty where vectors begin, so translated code has to fill it. */
const ON_DEMAND: TranslatorOptions = { threshold: 1 << 30, period: 1 << 22, batch: 1, calls: true };

/** A GDT or LDT entry; `access` is bits 40-55 of the descriptor with the limit's bits 16-19 left out. */
function descriptor(base: number, limit: number, access: number): bigint {
  const b = BigInt(base);
  const l = BigInt(limit);
  return (l & 0xffffn) | ((b & 0xffffffn) << 16n) | (BigInt(access & 0xf0ff) << 40n) | ((l >> 16n) << 48n) | ((b >> 24n) << 56n);
}

export class OracleMachine {
  readonly cpu: Cpu;
  /** Vectors whose instruction was executed in a region. */
  translatedVectors = 0;
  protected readonly ram: DataView;
  private readonly codeWords: Uint32Array;

  /** `translated`: the result is that of translated code, for as much of an instruction as there is a translation. */
  constructor(private readonly translated = false) {
    const { cpu, ram } = smallMachine({ module: builtProcessor(), ramBytes: RAM_BYTES, ...(translated && { translator: ON_DEMAND }) });
    this.cpu = cpu;
    this.ram = ram;
    this.buildTables();
    this.codeWords = new Uint32Array(this.cpu.memory.buffer, RAM_BASE + CODE_BASE, PAGE / 4).fill(INT3_WORD);
    this.setSystem();
  }

  /** Run one vector; the result is an image to compare with the vector's output. Undefined if the processor did not come to rest. */
  run(vector: Vector): StateImage | undefined {
    const input = new StateImage(vector.input);
    const at = input.u32(IMAGE_RIP);
    this.setCode(at, vector.code);
    let exit = this.execute(input);
    // That was for decoding it. What has changed its own code would have to be decoded again.
    if (this.translated && this.isIntact(at, vector.code)) {
      this.callHot(at);
      const before = this.inRegions;
      exit = this.execute(input);
      if (this.inRegions > before) this.translatedVectors++;
    }
    const result = exit === "halt" ? this.result() : undefined;
    this.clearCode();
    return result;
  }

  /** Put the vector in place and run until it has come to rest. */
  protected execute(input: StateImage): string {
    this.place(input);
    return this.runToRest();
  }

  protected place(input: StateImage): void {
    this.cpu.ram.set(input.bytes.subarray(IMAGE_DATA, IMAGE_DATA + PAGE), DATA_BASE);
    this.cpu.ram.set(input.bytes.subarray(IMAGE_STACK, IMAGE_STACK + PAGE), STACK_BASE);
    this.setState(input);
  }

  protected runToRest(): string {
    return this.cpu.run(BUDGET);
  }

  /** Say that the exception came elsewhere. */
  protected setFrameEip(eip: number): void {
    const withError = WITH_ERROR.has(this.stopped().vector);
    this.ram.setUint32(this.cpu.view.getUint32(STATE.REGS + STATE.RSP, true) - RING0 + (withError ? 4 : 0), eip, true);
  }

  /** What ended the vector: the handler halted behind its only byte, and its frame tells the rest. */
  protected stopped() {
    const { view } = this.cpu;
    const vector = view.getUint32(STATE.RIP, true) - RING0 - HANDLERS - 1;
    const frame = view.getUint32(STATE.REGS + STATE.RSP, true) - RING0;
    const withError = WITH_ERROR.has(vector);
    const word = (i: number): number => this.ram.getUint32(frame + 4 * i + (withError ? 4 : 0), true);
    return { vector, error: withError ? word(-1) : 0, eip: word(0), cs: word(1), flags: word(2), esp: word(3), ss: word(4) };
  }

  private get inRegions(): bigint {
    return this.cpu.view.getBigUint64(TRANSLATED, true);
  }

  /** The code page holds these bytes and INT3 as before. */
  private isIntact(at: number, code: Uint8Array): boolean {
    const expected = new Uint8Array(PAGE).fill(INT3_WORD & 0xff);
    expected.set(code.subarray(0, CODE_BASE + PAGE - at), at - CODE_BASE);
    return Buffer.compare(expected, this.cpu.ram.subarray(CODE_BASE, CODE_BASE + PAGE)) === 0;
  }

  /** Have the micro-op at this address translated before the next instruction. */
  private callHot(at: number): void {
    const { view } = this.cpu;
    const entry = CODE_TLB_BASE + CODE_TLB_SIZE + ((CODE_BASE >>> 8) & (CODE_TLB_SIZE - 16));
    if ((view.getUint32(entry, true) & ~0xfff) !== CODE_BASE) return;
    const descriptor = view.getUint32(entry + 4, true);
    const uop = view.getUint32(descriptor + PAGE_ENTRIES + (at - CODE_BASE) * 4, true);
    if (!uop) return;
    const record = [uop, descriptor, CODE_BASE, TLB_BASE + TLB_SET_USER * TLB_SET_SIZE, 0];
    for (const [n, value] of record.entries()) this.u32(HOT_LIST + n * 4, value);
    this.u32(HOT_COUNT, 1);
  }

  /** Only INT3 again: the vector's own bytes, and whatever it stored here. */
  private clearCode(): void {
    const page = this.codeWords;
    if (page.every((word) => word === INT3_WORD)) return;
    page.fill(INT3_WORD);
    this.cpu.memoryWritten(CODE_BASE, PAGE);
  }

  private setCode(at: number, code: Uint8Array): void {
    const length = Math.min(code.length, CODE_BASE + PAGE - at);
    this.cpu.ram.set(code.subarray(0, length), at);
    this.cpu.memoryWritten(at, length);
  }

  protected u32(address: number, value: number): void {
    this.cpu.view.setUint32(address, value, true);
  }

  private buildTables(): void {
    const { ram } = this;
    ram.setBigUint64(USER_DIRECTORY, BigInt(USER_TABLE) | PRESENT_WRITABLE | USER, true);
    ram.setBigUint64(RING0_DIRECTORY, BigInt(RING0_TABLE) | PRESENT_WRITABLE, true);
    for (let page = 0x20; page < 0x40; page++) ram.setBigUint64(RING0_TABLE + page * 8, BigInt(page * PAGE) | PRESENT_WRITABLE, true);
    for (const page of [CODE_BASE, DATA_BASE, STACK_BASE]) {
      const entry = BigInt(page) | PRESENT_WRITABLE | USER | (page === CODE_BASE ? 0n : NO_EXECUTE);
      ram.setBigUint64(USER_TABLE + (page / PAGE) * 8, entry, true);
    }
    const gdt = new Map([
      [SEL_RING0_CODE, descriptor(0, 0xfffff, 0xc09b)],
      [SEL_RING0_DATA, descriptor(0, 0xfffff, 0xc093)],
      [0x20, descriptor(0, 0xfffff, 0xc0fb)],
      [0x28, descriptor(0, 0xfffff, 0xc0f3)],
      [SEL_TSS, descriptor(RING0 + TSS, 0x67, 0x8b)],
      [SEL_LDT, descriptor(RING0 + LDT_BASE, LDT.length * 8 - 1, 0x82)],
    ]);
    for (const [selector, entry] of gdt) ram.setBigUint64(GDT + selector, entry, true);
    LDT.forEach(({ base, limit, type, big, present }, i) => {
      const access = type | 0x70 | (present ? 0x80 : 0) | (big ? 0x4000 : 0);
      ram.setBigUint64(LDT_BASE + i * 8, descriptor(base, limit, access), true);
    });
    for (let vector = 0; vector < 256; vector++) {
      const handler = BigInt(RING0 + HANDLERS + vector);
      // Interrupt gates; INT3 and INTO may be executed in ring 3.
      const access = vector === 3 || vector === 4 ? 0xeen : 0x8en;
      ram.setBigUint64(
        IDT + vector * 8,
        (handler & 0xffffn) | (BigInt(SEL_RING0_CODE) << 16n) | (access << 40n) | ((handler >> 16n) << 48n),
        true,
      );
      ram.setUint8(HANDLERS + vector, HLT);
    }
    ram.setUint32(TSS + 4, RING0 + RING0_STACK, true);
    ram.setUint32(TSS + 8, SEL_RING0_DATA, true);
    ram.setUint16(TSS + 0x66, 0x68, true);
  }

  private setSystem(): void {
    this.u32(STATE.GDTR_BASE, RING0 + GDT);
    this.u32(STATE.GDTR_LIMIT, 0x57);
    this.u32(STATE.IDTR_BASE, RING0 + IDT);
    this.u32(STATE.IDTR_LIMIT, 0x7ff);
    this.u32(STATE.CR0, CR0_VALUE);
    this.u32(STATE.CR3, PDPT);
    this.u32(STATE.CR4, CR4_VALUE);
    this.u32(STATE.EFER, EFER_NXE);
    this.cpu.view.setBigUint64(STATE.PDPTES, BigInt(USER_DIRECTORY) | 1n, true);
    this.cpu.view.setBigUint64(STATE.PDPTES + 24, BigInt(RING0_DIRECTORY) | 1n, true);
  }

  private setState(input: StateImage): void {
    const { view } = this.cpu;
    for (let i = 0; i < 8; i++) view.setBigUint64(STATE.REGS + i * 8, BigInt(input.gpr(i)), true);
    this.u32(STATE.RIP, input.u32(IMAGE_RIP));
    for (let n = 0; n < 6; n++) this.setSegment(n, input.segment(n));
    this.setSegment(STATE.LDTR, SEL_LDT);
    this.setSegment(STATE.TR, SEL_TSS);
    this.u32(STATE.CPL, 3);
    this.u32(STATE.CR2, 0);
    this.u32(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
    this.u32(STATE.SHADOW, 0);
    this.setFloating(input);
    this.cpu.flags = input.u32(IMAGE_RFLAGS);
    this.cpu.synchronize();
  }

  /** The hidden part of a segment register, from the tables. */
  protected setSegment(n: number, selector: number): void {
    const raw = selector < 4 ? 0n : this.ram.getBigUint64((selector & 4 ? LDT_BASE : GDT) + (selector & 0xfff8), true);
    const access = Number((raw >> 40n) & 0xf0ffn);
    const limit = Number((raw & 0xffffn) | ((raw >> 32n) & 0xf0000n));
    const bytes = access & 0x8000 ? ((limit << 12) | 0xfff) >>> 0 : limit;
    const base = Number(((raw >> 16n) & 0xffffffn) | ((raw >> 32n) & 0xff000000n));
    this.cpu.setSegment(n, { selector, base, limit: bytes, access });
  }

  private setFloating(input: StateImage): void {
    const { view, bytes } = this.cpu;
    const top = input.top();
    const tags = input.bytes[IMAGE_FX + FX_FTW]!;
    let full = 0;
    for (let i = 0; i < 8; i++) {
      if (!((tags >> i) & 1)) full |= 3 << (2 * i);
      const from = IMAGE_FX + FX_ST + ((i - top) & 7) * 16;
      bytes.set(input.bytes.subarray(from, from + 16), STATE.FPU_REGS + i * 16);
    }
    view.setUint32(STATE.FPU_TAGS, full, true);
    view.setUint32(STATE.FPU_CONTROL, input.u16(IMAGE_FX + FX_FCW), true);
    view.setUint32(STATE.FPU_STATUS, input.u16(IMAGE_FX + FX_FSW), true);
    view.setUint32(STATE.FPU_OPCODE, input.u16(IMAGE_FX + FX_FOP), true);
    view.setUint32(STATE.FPU_IP, input.u32(IMAGE_FX + FX_FIP), true);
    view.setUint32(STATE.FPU_CS, 0, true);
    view.setUint32(STATE.FPU_DP, input.u32(IMAGE_FX + FX_FDP), true);
    view.setUint32(STATE.FPU_DS, 0, true);
    view.setUint32(STATE.MXCSR, input.u32(IMAGE_FX + FX_MXCSR), true);
    bytes.set(input.bytes.subarray(IMAGE_FX + FX_XMM, IMAGE_FX + FX_XMM + 128), STATE.XMM);
  }

  private result(): StateImage {
    const { view } = this.cpu;
    const output = new StateImage();
    const { vector, error, eip, cs, flags, esp, ss } = this.stopped();
    for (let i = 0; i < 8; i++) output.setGpr(i, view.getUint32(STATE.REGS + i * 8, true));
    output.setU32(IMAGE_RIP, eip);
    output.setU32(IMAGE_RFLAGS, flags);
    output.setGpr(ESP, esp);
    for (let n = 0; n < 6; n++) output.setSegment(n, this.cpu.segment(n).selector);
    output.setSegment(STATE.CS, cs);
    output.setSegment(STATE.SS, ss);
    output.setU32(IMAGE_VECTOR, vector);
    output.setU32(IMAGE_ERROR, error);
    output.setU32(IMAGE_CR2, vector === 14 ? view.getUint32(STATE.CR2, true) : 0);
    this.floatingResult(output);
    output.bytes.set(this.cpu.ram.subarray(DATA_BASE, DATA_BASE + PAGE), IMAGE_DATA);
    output.bytes.set(this.cpu.ram.subarray(STACK_BASE, STACK_BASE + PAGE), IMAGE_STACK);
    return output;
  }

  private floatingResult(output: StateImage): void {
    const { view, bytes } = this.cpu;
    const status = view.getUint32(STATE.FPU_STATUS, true);
    const tags = view.getUint32(STATE.FPU_TAGS, true);
    let abridged = 0;
    for (let i = 0; i < 8; i++) {
      if (((tags >> (2 * i)) & 3) !== 3) abridged |= 1 << i;
      const to = IMAGE_FX + FX_ST + ((i - (status >> 11)) & 7) * 16;
      output.bytes.set(bytes.subarray(STATE.FPU_REGS + i * 16, STATE.FPU_REGS + i * 16 + 10), to);
    }
    output.setU16(IMAGE_FX + FX_FCW, view.getUint32(STATE.FPU_CONTROL, true));
    output.setU16(IMAGE_FX + FX_FSW, status);
    output.setU16(IMAGE_FX + FX_FTW, abridged);
    output.setU16(IMAGE_FX + FX_FOP, view.getUint32(STATE.FPU_OPCODE, true));
    output.setU32(IMAGE_FX + FX_FIP, view.getUint32(STATE.FPU_IP, true));
    output.setU32(IMAGE_FX + FX_FDP, view.getUint32(STATE.FPU_DP, true));
    output.setU32(IMAGE_FX + FX_MXCSR, view.getUint32(STATE.MXCSR, true));
    output.bytes.set(bytes.subarray(STATE.XMM, STATE.XMM + 128), IMAGE_FX + FX_XMM);
  }
}
