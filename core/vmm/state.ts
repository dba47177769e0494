// The architectural state of a virtual processor, as the guest would find it on bare hardware.

import * as STATE from "../../wasm/abi/state.js";
import { readSegment, type SegmentRegister, writeSegment } from "../cpu/segment.js";

export const FLAG_C = 1;
export const FLAG_Z = 0x40;
export const FLAG_T = 0x100;
export const FLAG_I = 0x200;
export const FLAG_D = 0x400;
export const FLAGS_IOPL = 0x3000;
export const FLAG_NT = 0x4000;
export const FLAG_RF = 0x10000;
export const FLAG_VM = 0x20000;
export const FLAG_AC = 0x40000;
export const FLAG_VIF = 0x80000;
export const FLAG_VIP = 0x100000;
export const FLAG_ID = 0x200000;

export const CR0_PE = 1;
export const CR0_MP = 2;
export const CR0_EM = 4;
export const CR0_TS = 8;
export const CR0_ET = 0x10;
export const CR0_NE = 0x20;
export const CR0_WP = 1 << 16;
export const CR0_AM = 1 << 18;
export const CR0_NW = 1 << 29;
export const CR0_CD = 1 << 30;
export const CR0_PG = 0x80000000;
export const CR4_TSD = 4;
export const CR4_DE = 8;
export const CR4_PSE = 0x10;
export const CR4_PAE = 0x20;
export const CR4_PGE = 0x80;
export const CR4_UMIP = 1 << 11;
export const CR4_SMEP = 1 << 20;
export const CR4_SMAP = 1 << 21;
export const EFER_NXE = 0x800;

/** Fields of the record that belong to the processor that runs, not to the state that it runs: [start, end) by address. */
const PHYSICAL: readonly (readonly [start: number, end: number])[] = [
  [STATE.INSTRUCTIONS, STATE.NMI_BLOCKED],
  [STATE.STOP_REQUEST, STATE.PENDING_DEBUG],
  [STATE.EXCEPTIONS, STATE.FPU_REGS],
];

/** Fields that a deprivileged guest changes without the VMM: [start, end) by address. */
const OPEN: readonly (readonly [start: number, end: number])[] = [
  [STATE.REGS, STATE.RFLAGS],
  [STATE.SHADOW, STATE.SHADOW + 8],
  [STATE.PENDING_DEBUG, STATE.PENDING_DEBUG + 8],
  [STATE.FPU_REGS, STATE.STATE_END],
];

/**
 * A state record (wasm/abi/state.ts) at the same addresses as in the processor's linear memory. EFLAGS is in one piece, IF and IOPL included.
 */
export class VcpuState {
  /** What of the record a world switch moves: all but what belongs to the processor itself. [start, end) by address. */
  static readonly SWITCHED: readonly (readonly [start: number, end: number])[] = switched();

  readonly bytes = new Uint8Array(STATE.STATE_END);
  readonly view = new DataView(this.bytes.buffer);
  /** 32-bit words by address; in the host's byte order, to compare with others. */
  readonly words = new Uint32Array(this.bytes.buffer);

  u32(address: number): number {
    return this.view.getUint32(address, true);
  }

  /** Write a field's low half and clear the upper one. */
  set(address: number, value: number): void {
    this.view.setUint32(address, value, true);
    this.view.setUint32(address + 4, 0, true);
  }

  u64(address: number): bigint {
    return this.view.getBigUint64(address, true);
  }

  set64(address: number, value: bigint): void {
    this.view.setBigUint64(address, value, true);
  }

  /** General register 0-7 (EAX ECX EDX EBX ESP EBP ESI EDI). */
  register(n: number): number {
    return this.u32(STATE.REGS + n * 8);
  }

  setRegister(n: number, value: number): void {
    this.set(STATE.REGS + n * 8, value);
  }

  /** Write the low `size` bytes of a register. */
  setRegisterPart(n: number, size: number, value: number): void {
    if (size === 4) this.setRegister(n, value);
    else if (size === 2) this.view.setUint16(STATE.REGS + n * 8, value, true);
    else this.view.setUint8(STATE.REGS + n * 8, value);
  }

  /** Instructions executed. */
  get instructions(): bigint {
    return this.u64(STATE.INSTRUCTIONS);
  }

  /** The same as a number, exact below 2^53. */
  get instructionCount(): number {
    return this.u32(STATE.INSTRUCTIONS) + this.u32(STATE.INSTRUCTIONS + 4) * 2 ** 32;
  }

  set instructionCount(count: number) {
    this.view.setUint32(STATE.INSTRUCTIONS, count, true);
    this.view.setUint32(STATE.INSTRUCTIONS + 4, Math.floor(count / 2 ** 32), true);
  }

  get rip(): number {
    return this.u32(STATE.RIP);
  }

  set rip(value: number) {
    this.set(STATE.RIP, value);
  }

  get flags(): number {
    return this.u32(STATE.RFLAGS);
  }

  set flags(value: number) {
    this.set(STATE.RFLAGS, value);
  }

  get cpl(): number {
    return this.u32(STATE.CPL);
  }

  set cpl(value: number) {
    this.set(STATE.CPL, value);
  }

  get cr0(): number {
    return this.u32(STATE.CR0);
  }

  get cr4(): number {
    return this.u32(STATE.CR4);
  }

  /** For observers, as the processor itself does: an exception was delivered. */
  noteException(vector: number, code: number): void {
    this.set(STATE.EXCEPTIONS, this.u32(STATE.EXCEPTIONS) + 1);
    this.set64(STATE.LAST_EXCEPTION, BigInt(vector) | (BigInt(code) << 32n));
  }

  segment(n: number): SegmentRegister {
    return readSegment(this.view, n);
  }

  setSegment(n: number, segment: SegmentRegister): void {
    writeSegment(this.view, n, segment);
  }

  /** As another record has it, with its hidden part. */
  copySegment(n: number, from: VcpuState): void {
    const at = (STATE.SEGS + n * STATE.SEG_STRIDE) >> 2;
    for (let i = at; i < at + (STATE.SEG_MARKS >> 2); i++) this.words[i] = from.words[i]!;
  }

  selector(n: number): number {
    return this.u32(STATE.SEGS + n * STATE.SEG_STRIDE + STATE.SEG_SELECTOR);
  }

  setSelector(n: number, selector: number): void {
    this.view.setUint32(STATE.SEGS + n * STATE.SEG_STRIDE + STATE.SEG_SELECTOR, selector, true);
  }

  segmentAccess(n: number): number {
    return this.u32(STATE.SEGS + n * STATE.SEG_STRIDE + STATE.SEG_ACCESS);
  }

  setSegmentAccess(n: number, access: number): void {
    this.view.setUint32(STATE.SEGS + n * STATE.SEG_STRIDE + STATE.SEG_ACCESS, access, true);
  }

  /** What a world switch moves, live. */
  readonly switched = switchedOf(this.bytes);
  /** Segment registers, live. */
  readonly segments = this.bytes.subarray(STATE.SEGS, STATE.SEGS + 8 * STATE.SEG_STRIDE);
  /** What a deprivileged guest changes without the VMM, live. */
  readonly open = OPEN.map(([start, end]) => this.bytes.subarray(start, end));
}

/** What a world switch moves, in a record or in the processor's memory: the two have the same addresses. */
export function switchedOf(bytes: Uint8Array): readonly Uint8Array[] {
  return VcpuState.SWITCHED.map(([start, end]) => bytes.subarray(start, end));
}

function switched(): (readonly [number, number])[] {
  const ranges: (readonly [number, number])[] = [];
  let start: number = STATE.STATE_BASE;
  for (const [from, to] of PHYSICAL) {
    ranges.push([start, from]);
    start = to;
  }
  ranges.push([start, STATE.STATE_END]);
  return ranges;
}
