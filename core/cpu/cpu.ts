// The one place that talks to the WebAssembly module (wasm/index.ts): host calls in, runs and state out. It knows pages, pins and ports, but
// no device.
import * as EVENT from "../../wasm/abi/deprivileged.js";
import * as EXIT from "../../wasm/abi/exit.js";
import * as LAYOUT from "../../wasm/abi/layout.js";
import * as REGION from "../../wasm/abi/region.js";
import * as STATE from "../../wasm/abi/state.js";
import { TICKS_PER_INSTRUCTION, TIME_KNOWN } from "../../wasm/abi/time-stamp.js";
import { ABI_VERSION } from "../../wasm/abi/version.js";
import type { AccessSize } from "../bus/device.js";
import type { TranslatorOptions } from "../translator/options.js";
import { Translator, type TranslatorExports, type TranslatorStatistics } from "../translator/translator.js";
import { type ProcessorEvent, readEvent } from "./event.js";
import type { Processor } from "./processor.js";
import { impossibleInRecord } from "./record.js";
import { readSegment, type SegmentRegister, writeSegment } from "./segment.js";
import { Stops } from "./stops.js";

/** What the processor asks of the machine around it. Values are unsigned. */
export interface CpuHost {
  portIn(port: number, size: AccessSize): number;
  portOut(port: number, value: number, size: AccessSize): void;
  mmioRead(address: number, size: AccessSize): number;
  mmioWrite(address: number, value: number, size: AccessSize): void;
  /** Interrupt acknowledge cycle: a vector, or -1 if the request has gone. */
  interruptAcknowledge(): number;
  /** Time-stamp counter before the guest's own offset: a whole number below 2^53. */
  timeStamp(): number;
  /** How many ticks of it an instruction takes, about, where nothing else does: then not each look at it asks. */
  readonly ticksPerInstruction?: number;
  msrWritten(index: number, value: bigint): void;
  /** Registers of a hypervisor, asked for only with STATE.FEATURE_KVM. */
  readonly hypervisor?: HypervisorMsrs;
  /** An x87 error while CR0.NE is clear. */
  floatingPointError?(): void;
}

export interface HypervisorMsrs {
  /** undefined: there is no such register, the guest gets #GP. */
  readMsr(index: number): bigint | undefined;
  /** False: there is none, or it can not have this value. */
  writeMsr(index: number, value: bigint): boolean;
}

export interface CpuOptions {
  /** The compiled processor module (dist/wasm/ringside.wasm). */
  readonly module: WebAssembly.Module;
  /** Guest RAM in bytes, a multiple of 4 KiB. */
  readonly ramBytes: number;
  /** Bytes of further linear memory behind RAM, for video memory and ROM images. */
  readonly extraBytes?: number;
  readonly host: CpuHost;
  /** STATE.FEATURE_* switches. */
  readonly features?: number;
  /** Translate hot code; without, everything is interpreted. */
  readonly translator?: TranslatorOptions;
}

/**
 * "vmexit": the guest of enterGuest() was left, and its VMCB says why. "event": only while `deprivileged` is on; `event` says what it was.
 */
export type Exit = "budget" | "halt" | "shutdown" | "stop" | "vmexit" | "event";

const EXITS: Readonly<Record<number, Exit>> = {
  [EXIT.EXIT_BUDGET]: "budget",
  [EXIT.EXIT_HALT]: "halt",
  [EXIT.EXIT_SHUTDOWN]: "shutdown",
  [EXIT.EXIT_STOP]: "stop",
  [EXIT.EXIT_GUEST]: "vmexit",
  [EXIT.EXIT_EVENT]: "event",
};

/** Compile the processor module's bytes (dist/wasm/ringside.wasm). */
export function compileProcessor(bytes: Uint8Array): CpuOptions["module"] {
  return new WebAssembly.Module(bytes);
}

/** Kinds of guest-physical pages. */
export type PageKind = "ram" | "rom" | "tracked" | "none";

const PAGE_BITS: Readonly<Record<PageKind, number>> = {
  ram: LAYOUT.PAGE_RAM,
  rom: LAYOUT.PAGE_ROM,
  tracked: LAYOUT.PAGE_RAM | LAYOUT.PAGE_TRACK,
  none: 0,
};

interface Exports {
  abiVersion(): number;
  run(count: number): number;
  reset(): void;
  synchronize(): void;
  refresh(): void;
  changePrivilege(flags: number): void;
  forgetTime(): void;
  codeWritten(physical: number, size: number): void;
  dropAllCode(): void;
  protectHostPage(host: number): void;
  observe(linear: bigint): bigint;
  enterGuest(vmcb: number): void;
  abandonGuest(): void;
  identify(): void;
  invalidatePage(linear: number): void;
  readFlags(): number;
  writeFlags(value: number): void;
}

const WASM_PAGE = 65536;
const WASM_LIMIT = 65536 * WASM_PAGE;

/** The processor asked for more memory than a WebAssembly module can have, or is not the one these sources belong to. */
export class CpuError extends Error {
  override readonly name = "CpuError";
}

/**
 * One x86 processor: a WebAssembly instance, its linear memory with guest RAM in it, and its state record (wasm/abi/state.ts).
 * Guest faults never throw; they are delivered to the guest.
 */
export class Cpu implements Processor {
  readonly memory: WebAssembly.Memory;
  /** All of linear memory. */
  readonly bytes: Uint8Array;
  /** Little-endian view of all of linear memory. */
  readonly view: DataView;
  /** Guest RAM. */
  readonly ram: Uint8Array;
  /** What runs stop for, beside their count. */
  readonly stops: Stops;
  private readonly map: Uint32Array;
  private readonly exports: Exports;
  private readonly translator: Translator | undefined;

  private constructor(options: CpuOptions) {
    const total = LAYOUT.RAM_BASE + options.ramBytes + (options.extraBytes ?? 0);
    const pages = Math.ceil(total / WASM_PAGE);
    if (pages * WASM_PAGE > WASM_LIMIT)
      throw new CpuError(`${options.ramBytes >> 20} MiB of memory do not fit: the limit is about 3,900 MiB`);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.bytes = new Uint8Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.ram = this.bytes.subarray(LAYOUT.RAM_BASE, LAYOUT.RAM_BASE + options.ramBytes);
    this.map = new Uint32Array(this.memory.buffer, LAYOUT.PHYS_MAP, 1 << 20);
    const { host } = options;
    const instance = new WebAssembly.Instance(options.module, {
      env: {
        memory: this.memory,
        abort: (_message: number, _file: number, line: number, column: number) => {
          throw new CpuError(`assertion in the processor module at ${line}:${column}`);
        },
      },
      host: {
        portIn: (port: number, size: AccessSize) => this.afterwards(host.portIn(port, size)),
        portOut: (port: number, value: number, size: AccessSize) => this.afterwards(host.portOut(port, unsigned(value, size), size)),
        mmioRead: (address: number, size: AccessSize) => this.afterwards(host.mmioRead(address >>> 0, size)),
        mmioWrite: (address: number, value: number, size: AccessSize) =>
          this.afterwards(host.mmioWrite(address >>> 0, unsigned(value, size), size)),
        interruptAcknowledge: () => host.interruptAcknowledge(),
        timeStamp: () => host.timeStamp(),
        floatingPointError: () => host.floatingPointError?.(),
        msrWritten: (index: number, value: bigint) => this.afterwards(host.msrWritten(index >>> 0, value)),
        hypervisorMsrRead: (index: number) => host.hypervisor?.readMsr(index >>> 0) ?? -1n,
        hypervisorMsrWrite: (index: number, value: bigint) =>
          this.afterwards(host.hypervisor?.writeMsr(index >>> 0, BigInt.asUintN(64, value)) ? 1 : 0),
        regionsDropped: (descriptor: number) => this.translator?.dropped(descriptor),
      },
    });
    this.exports = instance.exports as unknown as Exports;
    const version = this.exports.abiVersion();
    if (version !== ABI_VERSION) throw new CpuError(`the processor module has ABI ${version}, these sources ${ABI_VERSION}: build again`);
    this.stops = new Stops(this.view, this.bytes, () => this.exports.synchronize());
    this.view.setUint32(STATE.A20_MASK, 0xffffffff, true);
    this.view.setUint32(STATE.FEATURES, options.features ?? 0, true);
    this.view.setUint32(TICKS_PER_INSTRUCTION, host.ticksPerInstruction ?? 0, true);
    this.view.setUint32(REGION.HOT_LIMIT, 0xffffffff, true);
    this.view.setUint32(REGION.HEAT_PERIOD, 1 << 22, true);
    if (options.translator) this.translator = new Translator(instance.exports as unknown as TranslatorExports, options.translator);
    this.exports.reset();
  }

  /** What the host has done may have taken time. */
  private afterwards<T>(result: T): T {
    this.view.setUint32(TIME_KNOWN, 0, true);
    return result;
  }

  static create(options: CpuOptions): Cpu {
    return new Cpu(options);
  }

  /** Reset to the power-on state. Memory stays. */
  reset(): void {
    this.exports.reset();
  }

  /** Run for at most `count` instructions (1 to 2^25). */
  run(count: number): Exit {
    const { translator } = this;
    this.view.setUint32(TIME_KNOWN, 0, true);
    if (!translator) return EXITS[this.exports.run(count)]!;
    const end = this.instructionCount + count;
    let exit = this.exports.run(count);
    while (exit === EXIT.EXIT_TRANSLATE) {
      translator.translate();
      const left = end - this.instructionCount;
      if (left <= 0) return "budget";
      exit = this.exports.run(left);
    }
    translator.poll(this.instructionCount);
    return EXITS[exit]!;
  }

  /**
   * Make the processor execute the guest of the VMCB (wasm/abi/svm.ts) at a physical address, a multiple of 4 KiB below 4 GiB, for a VMM that is
   * not code of this processor: as VMRUN would, but that no host state is kept, that the registers of VMLOAD and VMSAVE are moved too, and that
   * nested page tables are PAE's with NX. run() then executes the guest until its #VMEXIT, and returns "vmexit" when that is written to the VMCB;
   * and at once from then on, until another guest is entered. A guest that is entered again, with no other in between, finds its translations in
   * the TLB, unless TLB_CONTROL says otherwise. General registers but EAX and ESP, x87, XMM and DR0 to DR3 are the caller's to
   * switch. A VMCB that can not be entered ends with VMEXIT_INVALID.
   */
  enterGuest(vmcb: number): void {
    this.exports.enterGuest(vmcb);
  }

  /** Execute CPUID on the registers as they are, for that VMM. */
  identify(): void {
    this.exports.identify();
  }

  /** INVLPGA for that guest: forget a linear page's translation. */
  invalidatePage(linear: number): void {
    this.exports.invalidatePage(linear);
  }

  /** Take the processor back from that guest between two runs, without a #VMEXIT: the VMCB stays as it is, the state record has the guest's state. */
  abandonGuest(): void {
    this.exports.abandonGuest();
  }

  /** What the translator has done, if there is one. */
  get translation(): TranslatorStatistics | undefined {
    return this.translator?.statistics;
  }

  /** Instructions retired since creation; exact inside host calls too. */
  get instructions(): bigint {
    return this.view.getBigUint64(STATE.INSTRUCTIONS, true);
  }

  /** The same as a number, exact below 2^53, for who asks often. */
  get instructionCount(): number {
    return this.view.getUint32(STATE.INSTRUCTIONS, true) + this.view.getUint32(STATE.INSTRUCTIONS + 4, true) * 2 ** 32;
  }

  /** Make run() return after the current instruction. For use inside host calls. */
  stop(): void {
    this.view.setUint32(STATE.STOP_REQUEST, 1, true);
  }

  /** Whether run() returns with "event" instead of delivering one through the guest's IDT. Survives resets. */
  set deprivileged(on: boolean) {
    this.view.setUint32(EVENT.DEPRIVILEGED, on ? 1 : 0, true);
  }

  /** What the last exit "event" was for. */
  get event(): ProcessorEvent {
    return readEvent(this.view);
  }

  /** Level of the INTR pin. */
  setInterrupt(level: boolean): void {
    this.view.setUint32(STATE.INTR, level ? 1 : 0, true);
  }

  nonMaskableInterrupt(): void {
    this.view.setUint32(STATE.NMI_PENDING, 1, true);
  }

  /** A20 gate: closed, physical address bit 20 is always zero. */
  setA20(open: boolean): void {
    const mask = open ? 0xffffffff : 0xffefffff;
    if (this.view.getUint32(STATE.A20_MASK, true) === mask) return;
    this.view.setUint32(STATE.A20_MASK, mask, true);
    this.exports.synchronize();
  }

  /** Say what guest-physical pages [start, start + length) are: `hostOffset` is where they lie in linear memory. */
  mapPages(start: number, length: number, kind: PageKind, hostOffset = 0): void {
    this.exports.dropAllCode();
    for (let offset = 0; offset < length; offset += 4096) {
      this.map[(start + offset) / 4096] = kind === "none" ? 0 : (hostOffset + offset) | PAGE_BITS[kind];
    }
    this.exports.synchronize();
  }

  /** Bytes of guest-physical memory were written from outside (DMA, a loader): decoded instructions there are dropped. */
  memoryWritten(start: number, length: number): void {
    const end = start + length;
    for (let at = start; at < end; ) {
      const next = Math.min(end, at - (at % 4096) + 4096);
      this.exports.codeWritten(at, next - at);
      at = next;
    }
  }

  /** Tracked pages of [start, start + length) that were written since the last call, by page number relative to `start`. */
  takeDirtyPages(start: number, length: number): number[] {
    const dirty: number[] = [];
    const first = start / 4096;
    for (let i = 0; i < length / 4096; i++) {
      const page = this.map[first + i]!;
      if (!(page & LAYOUT.PAGE_DIRTY)) continue;
      dirty.push(i);
      this.map[first + i] = page & ~LAYOUT.PAGE_DIRTY;
    }
    if (dirty.length > 8) this.exports.synchronize();
    else for (const i of dirty) this.exports.protectHostPage((this.map[first + i]! & ~0xfff) >>> 0);
    return dirty;
  }

  /** After registers, segments or control registers were changed from outside: forget what was derived from them. */
  synchronize(): void {
    this.exports.synchronize();
  }

  /**
   * The byte at a linear address, through the guest's page tables whatever their rights, without any effect on the guest; undefined where
   * nothing is mapped or no memory is.
   */
  peek(linear: number): number | undefined {
    const physical = this.exports.observe(BigInt(linear >>> 0));
    const page = physical < 0n || physical >= 1n << 32n ? 0 : this.map[Number(physical >> 12n)]!;
    return page & (LAYOUT.PAGE_RAM | LAYOUT.PAGE_ROM) ? this.bytes[((page & ~0xfff) >>> 0) + Number(physical & 0xfffn)] : undefined;
  }

  /** Write a byte of RAM at a linear address as peek() finds it, whatever its page's rights. False where no RAM is. */
  poke(linear: number, value: number): boolean {
    const physical = this.exports.observe(BigInt(linear >>> 0));
    const page = physical < 0n || physical >= 1n << 32n ? 0 : this.map[Number(physical >> 12n)]!;
    if (!(page & LAYOUT.PAGE_RAM)) return false;
    this.bytes[((page & ~0xfff) >>> 0) + Number(physical & 0xfffn)] = value;
    this.exports.codeWritten(Number(physical), 1);
    return true;
  }

  /** The 4 or 8 bytes at a guest-physical address, as a page walk reads them: ones where no memory is. Within one page. */
  readPhysical(address: bigint, size: 4 | 8): bigint {
    const seen = address & (0xffffffff00000000n | BigInt(this.view.getUint32(STATE.A20_MASK, true)));
    const page = seen >> 32n ? 0 : this.map[Number(seen >> 12n)]!;
    if (!(page & (LAYOUT.PAGE_RAM | LAYOUT.PAGE_ROM))) return (1n << BigInt(size * 8)) - 1n;
    const at = ((page & ~0xfff) >>> 0) + Number(seen & 0xfffn);
    return size === 8 ? this.view.getBigUint64(at, true) : BigInt(this.view.getUint32(at, true));
  }

  /** What the processor finds where it reads a linear address, with rights ignored: guest-physical, after the A20 gate; or undefined. */
  translate(linear: number): bigint | undefined {
    const physical = this.exports.observe(BigInt(linear >>> 0));
    return physical < 0n ? undefined : physical;
  }

  /** `length` bytes as peek() sees them, zero where there are none. */
  peekLinear(linear: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => this.peek(linear + i) ?? 0);
  }

  /** Likewise, but the address space is what it was: the TLB stays. */
  refresh(): void {
    this.exports.refresh();
  }

  /** Likewise, with EFLAGS, where all segment registers with their marks are as this processor has had them, and debug registers stay. */
  changePrivilege(flags: number): void {
    this.exports.changePrivilege(flags);
  }

  get flags(): number {
    return this.exports.readFlags();
  }

  set flags(value: number) {
    this.exports.writeFlags(value);
  }

  register(offset: number): bigint {
    return this.view.getBigUint64(STATE.REGS + offset, true);
  }

  setRegister(offset: number, value: bigint): void {
    this.view.setBigUint64(STATE.REGS + offset, value, true);
  }

  /** Segment register `n`: STATE.ES to STATE.TR. */
  segment(n: number): SegmentRegister {
    return readSegment(this.view, n);
  }

  /** Takes effect with the next synchronize(). */
  setSegment(n: number, segment: SegmentRegister): void {
    writeSegment(this.view, n, segment);
  }

  get halted(): boolean {
    return this.view.getUint32(STATE.ACTIVITY, true) === STATE.ACTIVITY_HALTED;
  }

  /** An interrupt could end a halt: by EFLAGS.IF, or, in a guest with V_INTR_MASKING, the host's. */
  get interruptible(): boolean {
    const events = this.view.getUint32(STATE.GUEST_EVENTS, true);
    const hosts = STATE.GUEST_EVENT_MASKING | STATE.GUEST_EVENT_HOST_IF;
    return (this.flags & 0x200) !== 0 || (events & hosts) === hosts;
  }

  /** The architectural record, EFLAGS in one piece. */
  saveState(): Uint8Array {
    const copy = this.bytes.slice(STATE.STATE_BASE, STATE.STATE_END);
    const view = new DataView(copy.buffer);
    view.setUint32(STATE.RFLAGS - STATE.STATE_BASE, this.flags, true);
    // Not of the guest: run() clears it anyway.
    view.setUint32(STATE.STOP_REQUEST - STATE.STATE_BASE, 0, true);
    return copy;
  }

  /** Take a record of saveState(). Memory contents and the page map must be in place. Throws CpuError for one that no processor can be in. */
  loadState(state: Uint8Array): void {
    if (state.length !== STATE.STATE_END - STATE.STATE_BASE) throw new CpuError(`a processor record has ${state.length} bytes`);
    const impossible = impossibleInRecord(state);
    if (impossible) throw new CpuError(`a processor record has an impossible ${impossible}`);
    this.bytes.set(state, STATE.STATE_BASE);
    this.flags = this.view.getUint32(STATE.RFLAGS, true);
    this.exports.dropAllCode();
    this.exports.forgetTime();
    this.exports.synchronize();
  }
}

function unsigned(value: number, size: AccessSize): number {
  return size === 4 ? value >>> 0 : value & (size === 2 ? 0xffff : 0xff);
}
