// A processor as a debugger sees it: the emulated one, or one of a virtual machine, with the guest's own view.
import * as STATE from "../../wasm/abi/state.js";
import type { Processor } from "../cpu/processor.js";
import { impossibleInRecord } from "../cpu/record.js";
import type { SegmentRegister } from "../cpu/segment.js";
import type { VmView } from "../vmm/debug/vm-view.js";
import type { PagingState } from "./page-walk.js";
import type { RegisterName } from "./registers.js";
import type { DebugVcpu } from "./target.js";

/** Where a register of at most 64 bits lies in the state record, and how many bytes of it there are. */
type Place = readonly [address: number, bytes: 2 | 4];

const GENERAL: Readonly<Record<string, number>> = {
  eax: STATE.RAX,
  ecx: STATE.RCX,
  edx: STATE.RDX,
  ebx: STATE.RBX,
  esp: STATE.RSP,
  ebp: STATE.RBP,
  esi: STATE.RSI,
  edi: STATE.RDI,
};
const SEGMENTS: Readonly<Record<string, number>> = {
  es: STATE.ES,
  cs: STATE.CS,
  ss: STATE.SS,
  ds: STATE.DS,
  fs: STATE.FS,
  gs: STATE.GS,
};
const WRITABLE: Readonly<Record<string, Place>> = {
  ...Object.fromEntries(Object.entries(GENERAL).map(([name, offset]) => [name, [STATE.REGS + offset, 4] as const])),
  eip: [STATE.RIP, 4],
  fctrl: [STATE.FPU_CONTROL, 2],
  fstat: [STATE.FPU_STATUS, 2],
  fiseg: [STATE.FPU_CS, 2],
  fioff: [STATE.FPU_IP, 4],
  foseg: [STATE.FPU_DS, 2],
  fooff: [STATE.FPU_DP, 4],
  fop: [STATE.FPU_OPCODE, 2],
  mxcsr: [STATE.MXCSR, 4],
};
const CONTROL: Readonly<Record<string, number>> = {
  cr0: STATE.CR0,
  cr2: STATE.CR2,
  cr3: STATE.CR3,
  cr4: STATE.CR4,
  cr8: STATE.CR8,
  efer: STATE.EFER,
};
const EMPTY = 3;
const LOW_64 = (1n << 64n) - 1n;

export class CpuVcpu implements DebugVcpu {
  constructor(
    private readonly cpu: Processor,
    readonly underneath?: VmView,
  ) {}

  segment(n: number): SegmentRegister {
    return this.cpu.segment(n);
  }

  tableRegister(table: "gdt" | "idt"): { readonly base: number; readonly limit: number } {
    const { view } = this.cpu;
    const [base, limit] = table === "gdt" ? [STATE.GDTR_BASE, STATE.GDTR_LIMIT] : [STATE.IDTR_BASE, STATE.IDTR_LIMIT];
    return { base: view.getUint32(base, true), limit: view.getUint32(limit, true) };
  }

  pagingState(): PagingState {
    const { view } = this.cpu;
    return {
      cr0: view.getUint32(STATE.CR0, true),
      cr3: view.getUint32(STATE.CR3, true),
      cr4: view.getUint32(STATE.CR4, true),
      efer: view.getUint32(STATE.EFER, true),
      eflags: this.cpu.flags >>> 0,
      pdptes: [0, 1, 2, 3].map((n) => view.getBigUint64(STATE.PDPTES + n * 8, true)),
    };
  }

  read(register: RegisterName): bigint {
    const { view } = this.cpu;
    const writable = WRITABLE[register];
    if (writable) return BigInt(writable[1] === 2 ? view.getUint16(writable[0], true) : view.getUint32(writable[0], true));
    if (register === "eflags") return BigInt(this.cpu.flags >>> 0);
    if (register in SEGMENTS) return BigInt(this.segment(SEGMENTS[register]!).selector);
    if (register in CONTROL) return BigInt(view.getUint32(CONTROL[register]!, true));
    if (register.endsWith("_base")) return BigInt(this.segment(SEGMENTS[register.slice(0, 2)]!).base);
    if (register === "ftag") return BigInt(this.tagWord());
    const at = this.wide(register);
    const high = register.startsWith("st") ? BigInt(view.getUint16(at + 8, true)) : view.getBigUint64(at + 8, true);
    return (high << 64n) | view.getBigUint64(at, true);
  }

  /** Address of ST(i) or XMMi. */
  private wide(register: RegisterName): number {
    const n = Number(register.at(-1));
    if (register.startsWith("xmm")) return STATE.XMM + n * 16;
    const top = (this.cpu.view.getUint32(STATE.FPU_STATUS, true) >> 11) & 7;
    return STATE.FPU_REGS + ((top + n) & 7) * 16;
  }

  /** SDM 1 "x87 FPU Tag Word": the record knows only which registers are empty. */
  private tagWord(): number {
    const { view } = this.cpu;
    const empty = view.getUint32(STATE.FPU_TAGS, true);
    let tags = 0;
    for (let n = 0; n < 8; n++) {
      const at = STATE.FPU_REGS + n * 16;
      const exponent = view.getUint16(at + 8, true) & 0x7fff;
      const significand = view.getBigUint64(at, true);
      const special = exponent === 0x7fff || !(significand >> 63n);
      const tag = exponent === 0 && significand === 0n ? 1 : special ? 2 : 0;
      tags |= (((empty >> (n * 2)) & 3) === EMPTY ? EMPTY : tag) << (n * 2);
    }
    return tags;
  }

  write(register: RegisterName, value: bigint): boolean {
    if (value === this.read(register)) return true;
    const { cpu } = this;
    const before = cpu.saveState();
    if (!this.put(register, value)) return false;
    if (impossibleInRecord(cpu.saveState()) === undefined) cpu.synchronize();
    else cpu.loadState(before);
    return this.read(register) === value;
  }

  private put(register: RegisterName, value: bigint): boolean {
    const { view } = this.cpu;
    const place = WRITABLE[register];
    if (place) {
      if (place[1] === 2) view.setUint16(place[0], Number(value & 0xffffn), true);
      else view.setUint32(place[0], Number(value & 0xffffffffn), true);
    } else if (register === "eflags") this.cpu.flags = Number(value & 0xffffffffn);
    else if (register === "ftag") view.setUint32(STATE.FPU_TAGS, Number(value & 0xffffn), true);
    else if (register.startsWith("st") || register.startsWith("xmm")) {
      const at = this.wide(register);
      view.setBigUint64(at, value & LOW_64, true);
      if (register.startsWith("xmm")) view.setBigUint64(at + 8, value >> 64n, true);
      else view.setUint16(at + 8, Number((value >> 64n) & 0xffffn), true);
    } else return false;
    return true;
  }

  readMemory(linear: number, length: number): Uint8Array {
    const bytes: number[] = [];
    for (let i = 0; i < length; i++) {
      const byte = this.cpu.peek((linear + i) >>> 0);
      if (byte === undefined) break;
      bytes.push(byte);
    }
    return Uint8Array.from(bytes);
  }

  writeMemory(linear: number, bytes: Uint8Array): number {
    for (const [i, byte] of bytes.entries()) if (!this.cpu.poke((linear + i) >>> 0, byte)) return i;
    return bytes.length;
  }

  readPhysical(address: bigint, size: 4 | 8): bigint {
    return this.cpu.readPhysical(address, size);
  }

  get instructions(): number {
    return Number(this.cpu.instructions);
  }

  get isJustInterrupted(): boolean {
    return this.cpu.stops.isJustInterrupted;
  }

  passBreakpoint(): void {
    this.cpu.stops.pass((this.segment(STATE.CS).base + this.cpu.view.getUint32(STATE.RIP, true)) >>> 0);
  }
}
