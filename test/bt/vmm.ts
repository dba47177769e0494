// A little VMM, just enough to run a guest kernel through the binary translator on a bare processor: ring 1, segments that end below the
// VMM's region, one-to-one page tables in which pages with translated code are read-only. What translated code leaves to it is executed by
// the processor itself, one instruction natively in ring 0 with the guest's own state: so nothing is emulated by hand.
import { BinaryTranslator, type BtExit, type BtOptions } from "../../core/vmm/bt/binary-translator.js";
import { type BtHost, type CodePatch, type Fault, type FetchedCode, type HostEvent, patchedRanges } from "../../core/vmm/bt/host.js";
import { guestFlags, recover } from "../../core/vmm/bt/recovery.js";
import { FLAG_IF, FLAG_IOPL, FLAG_TF, GUEST_CS, GUEST_GS, HASH, STATE_GS, STATE_SIZE } from "../../core/vmm/bt/state.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import { descriptor } from "../lockstep/kernel.js";
import { DEVICE, RAM_BYTES, SELECTOR } from "../lockstep/layout.js";
import { GuestMachine } from "./guest.js";
import * as L from "./layout.js";

const PAGE = 4096;
const HLT = 0xf4;
const FLAG_RF = 0x10000;
const FLAG_VM = 0x20000;
const CR0_PE_PG_WP = 0x80010001;
const CR0_PG = 0x80000000;
const WITH_ERROR = new Set([8, 10, 11, 12, 13, 14, 17]);
const DPL = 0x60;
const DPL1 = 0x20;
const CODE_BIG = 0x4000;
const EXPAND_DOWN_TYPE = 0x4;
const GENERAL_PROTECTION = 13;
const PAGE_FAULT = 14;
/** The guest's system state: segments, tables, control and debug registers, CPL. */
const SYSTEM_FROM = STATE.SEGS;
const SYSTEM_TO = STATE.CPL + 8;
const DATA_SEGMENTS = [STATE.ES, STATE.SS, STATE.DS, STATE.FS];

/** Called before each instruction of translated code. */
export type Watch = (eip: number) => void;

export class VmmMachine extends GuestMachine {
  readonly bt: BinaryTranslator;
  /** Guest instructions that were executed natively for it. */
  steps = 0;
  /** Exceptions in translated code. */
  faults = 0;
  /** How many instructions of translated code run until the time slice ends. */
  slice: () => number = () => 1 << 20;
  watch: Watch | undefined;
  private system = new Uint8Array();
  private readonly region: Uint8Array;
  private readonly regionView: DataView;
  /** Frames with translated code, as they were. */
  private readonly traced = new Map<number, Uint8Array>();

  constructor(options: Partial<BtOptions> = {}) {
    super();
    this.cpu.mapPages(L.REGION, L.REGION_BYTES, "ram", RAM_BASE + RAM_BYTES);
    this.region = this.cpu.bytes.subarray(RAM_BASE + RAM_BYTES, RAM_BASE + RAM_BYTES + L.REGION_BYTES);
    this.regionView = new DataView(this.cpu.memory.buffer, RAM_BASE + RAM_BYTES, L.REGION_BYTES);
    this.buildRegion();
    this.bt = new BinaryTranslator(this.btHost(), {
      cacheBase: L.REGION + L.CACHE,
      cacheSize: L.CACHE_BYTES,
      stateBase: L.REGION + L.STATE_SEGMENT,
      ...options,
    });
    this.regionView.setUint32(L.STATE_SEGMENT + STATE_GS, L.SEL_STATE, true);
  }

  override start(image: Uint8Array): void {
    super.start(image);
    this.bt.flush();
    this.traced.clear();
  }

  /** Code that the translator takes, with nothing going on that has to be served between two instructions. */
  private get translatable(): boolean {
    const { cpu } = this;
    const { flags } = cpu;
    const code = cpu.segment(STATE.CS);
    const u32 = (at: number) => cpu.view.getUint32(at, true);
    if (u32(STATE.CPL) !== 0 || !(u32(STATE.CR0) & 1) || u32(STATE.CR0) & CR0_PG || flags & (FLAG_TF | FLAG_RF | FLAG_VM)) return false;
    if (code.base !== 0 || code.limit !== 0xffffffff || !(code.access & CODE_BIG)) return false;
    if (!(cpu.segment(STATE.SS).access & CODE_BIG)) return false;
    if (u32(STATE.NMI_PENDING) || u32(STATE.SHADOW) || u32(STATE.DRS + 7 * 8) & 0xff) return false;
    if (this.line && flags & FLAG_IF) return false;
    return [...DATA_SEGMENTS, STATE.GS].every((n) => (cpu.segment(n).access & 0x1c) !== (0x10 | EXPAND_DOWN_TYPE));
  }

  /** Go on until something comes to the VMM, and serve it. False when the guest's processor has come to rest. */
  advance(): boolean {
    if (!this.translatable) return this.native();
    const from = this.eip;
    this.enter();
    const exit = this.bt.run(from);
    this.leave(exit.eip);
    if (exit.shadow) this.u32(STATE.SHADOW, STATE.SHADOW_STI);
    return this.serve(exit);
  }

  /** Ring compression without translation: so many instructions of guest code in place, in ring 1. */
  runInPlace(instructions: number): void {
    this.enter();
    for (let n = 0; n < instructions; n++) this.cpu.run(1);
    this.leave(this.eip);
  }

  private serve(exit: BtExit): boolean {
    if (exit.kind === "event") {
      if (exit.event.external) return true;
      this.faults++;
      // In these tests, page faults are writes to pages with code, or accesses to what is no RAM.
      if (exit.event.vector === PAGE_FAULT) this.bt.faulted(exit.eip);
    }
    return this.native();
  }

  /** The guest's next instruction, by its own processor; code that it writes (or a bus master meanwhile) is translated anew. The VMM's region is not there for it. */
  private native(): boolean {
    this.steps++;
    this.cpu.mapPages(L.REGION, L.REGION_BYTES, "none");
    const going = this.step();
    this.cpu.mapPages(L.REGION, L.REGION_BYTES, "ram", RAM_BASE + RAM_BYTES);
    for (const [frame, was] of this.traced) {
      if (Buffer.compare(was, this.page(frame)) === 0) continue;
      this.bt.codeWritten(frame);
      this.traced.delete(frame);
    }
    return going;
  }

  private page(frame: number): Uint8Array {
    return this.ram.subarray(frame * PAGE, (frame + 1) * PAGE);
  }

  private u32(address: number, value: number): void {
    this.cpu.view.setUint32(address, value, true);
  }

  /** From the guest's state to ring 1. */
  private enter(): void {
    const { cpu, bt, regionView } = this;
    this.system = cpu.bytes.slice(SYSTEM_FROM, SYSTEM_TO);
    bt.flags.value = cpu.flags;
    bt.flags.pending = this.line;
    this.setAlias(L.SEL_GUEST_GS, GUEST_GS, STATE.GS);
    this.setAlias(L.SEL_GUEST_CS, GUEST_CS, STATE.CS);
    regionView.setUint32(L.STATE_SEGMENT + STATE_GS, L.SEL_STATE, true);
    for (const n of DATA_SEGMENTS) this.deprivilege(n);
    this.setStateSegment();
    this.setRing1Code();
    cpu.setSegment(STATE.TR, { selector: L.SEL_TSS, base: L.REGION + L.TSS, limit: 0x67, access: 0x8b });
    cpu.setSegment(STATE.LDTR, { selector: 0, base: 0, limit: 0, access: 0 });
    this.u32(STATE.GDTR_BASE, L.REGION + L.GDT);
    this.u32(STATE.GDTR_LIMIT, L.SEL_TSS + 7);
    this.u32(STATE.IDTR_BASE, L.REGION + L.IDT);
    this.u32(STATE.IDTR_LIMIT, 0x7ff);
    this.u32(STATE.CR0, (cpu.view.getUint32(STATE.CR0, true) | CR0_PE_PG_WP) >>> 0);
    this.u32(STATE.CR3, L.REGION + L.DIRECTORY);
    cpu.flags = (cpu.flags & ~FLAG_IOPL) | FLAG_IF;
    cpu.setInterrupt(false);
    cpu.synchronize();
  }

  /** Back to the guest's state, at its EIP. */
  private leave(eip: number): void {
    const { cpu } = this;
    const flags = guestFlags(this.btHost());
    cpu.bytes.set(this.system, SYSTEM_FROM);
    cpu.flags = flags;
    this.eip = eip;
    this.setLine(this.line);
    cpu.synchronize();
  }

  /** The guest's segment, truncated and for ring 1. */
  private truncated(n: number) {
    const { selector, base, limit, access } = this.cpu.segment(n);
    const end = L.REGION - 1 - base;
    return { selector: selector > 3 ? selector | 1 : selector, base, limit: Math.min(limit, end), access: (access & ~DPL) | DPL1 };
  }

  private deprivilege(n: number): void {
    if (this.cpu.segment(n).selector > 3) this.cpu.setSegment(n, this.truncated(n));
  }

  /** A descriptor of the VMM's table for a segment of the guest, and its selector where translated code finds it. */
  private setAlias(selector: number, slot: number, n: number): void {
    const { base, limit, access } = this.truncated(n);
    const usable = this.cpu.segment(n).selector > 3;
    this.regionView.setBigUint64(L.GDT + (selector & ~7), descriptor(base, limit, access & 0x7fff), true);
    this.regionView.setUint32(L.STATE_SEGMENT + slot, usable ? selector : 0, true);
  }

  private setStateSegment(): void {
    this.cpu.setSegment(STATE.GS, {
      selector: L.SEL_STATE,
      base: L.REGION + L.STATE_SEGMENT,
      limit: STATE_SIZE - 1,
      access: 0x40b3,
    });
  }

  private setRing1Code(): void {
    this.cpu.setSegment(STATE.CS, { selector: 0x39, base: 0, limit: 0xffffffff, access: 0xc0bb });
    this.u32(STATE.CPL, 1);
  }

  private btHost(): BtHost {
    const { cpu } = this;
    const machine = this;
    return {
      codeLimit: 0xffffffff,
      fetch: (eip) => this.fetch(eip),
      readState: (offset) => this.regionView.getUint32(L.STATE_SEGMENT + offset, true),
      writeState: (offset, value) => this.regionView.setUint32(L.STATE_SEGMENT + offset, value, true),
      fillState: (offset, count, value) => {
        for (let n = 0; n < count; n++) this.regionView.setUint32(L.STATE_SEGMENT + offset + n * 4, value, true);
      },
      place: (offset, bytes) => this.place(offset, bytes),
      patch: (patches) => this.patch(patches),
      getRegister: (n) => Number(cpu.register(n * 8)),
      setRegister: (n, value) => cpu.setRegister(n * 8, BigInt(value >>> 0)),
      get flags() {
        return machine.cpu.flags & ~FLAG_RF;
      },
      restoreX87Pointers: (guestEip) => this.restoreX87Pointers(guestEip),
      restoreStateSegment: () => this.setStateSegment(),
      writeStack: (offset, value, size) => {
        const at = cpu.segment(STATE.SS).base + offset;
        for (let i = 0; i < size; i++) this.ram[at + i] = value >>> (8 * i);
      },
      run: (eip) => this.runTranslated(eip),
    };
  }

  private restoreX87Pointers(guestEip: (eip: number) => number | undefined): void {
    const { view } = this.cpu;
    const eip = guestEip(view.getUint32(STATE.FPU_IP, true));
    if (eip === undefined) return;
    this.u32(STATE.FPU_IP, eip);
    this.u32(STATE.FPU_CS, SELECTOR.code0);
    // The guest's selectors have RPL 0 here, or the VMM's alias stands for GS or CS.
    const data = view.getUint32(STATE.FPU_DS, true);
    const stands = { [L.SEL_GUEST_GS]: this.guestSelector(STATE.GS), [L.SEL_GUEST_CS]: SELECTOR.code0 }[data];
    this.u32(STATE.FPU_DS, stands ?? data & ~1);
  }

  private guestSelector(n: number): number {
    return new DataView(this.system.buffer).getUint32(n * STATE.SEG_STRIDE + STATE.SEG_SELECTOR, true);
  }

  protected patch(patches: readonly CodePatch[]): void {
    for (const { offset, value } of patches) this.regionView.setInt32(L.CACHE + offset, value, true);
    for (const { start, length } of patchedRanges(patches)) this.cpu.memoryWritten(L.REGION + L.CACHE + start, length);
  }

  protected place(offset: number, bytes: Uint8Array): void {
    this.region.set(bytes, L.CACHE + offset);
    this.cpu.memoryWritten(L.REGION + L.CACHE + offset, bytes.length);
  }

  private fetch(eip: number): FetchedCode | Fault {
    if (eip >= DEVICE) return { vector: GENERAL_PROTECTION, error: 0 };
    const end = (eip & ~(PAGE - 1)) + PAGE;
    return { bytes: this.ram.slice(eip, end), page: eip >>> 12, frame: eip >>> 12 };
  }

  /** Pages with translated code are read-only, others are not. */
  private trace(): void {
    const frames = this.bt.frames();
    let changed = frames.length !== this.traced.size;
    for (const frame of frames) {
      if (this.traced.has(frame)) continue;
      this.traced.set(frame, this.page(frame).slice());
      changed = true;
    }
    if (!changed) return;
    const kept = new Set(frames);
    for (const frame of this.traced.keys()) if (!kept.has(frame)) this.traced.delete(frame);
    for (let page = 0; page < DEVICE / PAGE; page++)
      this.regionView.setUint32(L.LOW_TABLE + page * 4, (page * PAGE) | (kept.has(page) ? 0x61 : 0x63), true);
    this.cpu.synchronize();
  }

  private runTranslated(eip: number): HostEvent {
    const { cpu } = this;
    this.trace();
    this.eip = eip;
    this.u32(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
    let exit = "budget";
    if (this.watch) {
      for (let left = this.slice(); left > 0 && exit === "budget"; left--) {
        this.watch(this.eip);
        exit = cpu.run(1);
        // An exception counts as an instruction: the handler's HLT is the next.
        if (exit === "budget" && (this.eip - L.REGION - L.HANDLERS) >>> 0 < 256) exit = cpu.run(1);
      }
    } else exit = cpu.run(this.slice());
    if (exit === "budget" && (this.eip - L.REGION - L.HANDLERS) >>> 0 < 256) exit = cpu.run(1);
    if (exit === "budget") return { vector: 0, error: 0, eip: this.eip, external: true };
    if (exit !== "halt") throw new Error(`translated code ends with ${exit}`);
    return this.fromFrame();
  }

  /** The handler halted behind its only byte. */
  private fromFrame(): HostEvent {
    const { cpu, regionView } = this;
    const vector = this.eip - L.REGION - L.HANDLERS - 1;
    const frame = Number(cpu.register(STATE.RSP)) - L.REGION;
    const withError = WITH_ERROR.has(vector);
    const word = (n: number) => regionView.getUint32(frame + 4 * (withError ? n + 1 : n), true);
    const error = withError ? word(-1) : 0;
    const eip = word(0);
    const flags = word(2);
    cpu.setRegister(STATE.RSP, BigInt(word(3)));
    cpu.flags = flags & ~FLAG_RF;
    this.eip = eip;
    this.setRing1Code();
    const stack = new DataView(this.system.buffer);
    const at = STATE.SS * STATE.SEG_STRIDE;
    const guest = {
      selector: stack.getUint32(at + STATE.SEG_SELECTOR, true),
      base: stack.getUint32(at + STATE.SEG_BASE, true),
      limit: stack.getUint32(at + STATE.SEG_LIMIT, true),
      access: stack.getUint32(at + STATE.SEG_ACCESS, true),
    };
    cpu.setSegment(STATE.SS, guest);
    this.deprivilege(STATE.SS);
    this.u32(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
    cpu.synchronize();
    return { vector, error, eip };
  }

  /**
   * As if an interrupt had come at this address of the cache: `look` sees the guest's state that is made of it. Afterwards all is as it was.
   */
  probe(address: number, look: () => void): void {
    const { cpu, region, ram } = this;
    const record = cpu.saveState();
    const system = this.system.slice();
    const state = region.slice(L.STATE_SEGMENT, L.STATE_SEGMENT + HASH);
    const top = Math.min(cpu.view.getUint32(STATE.REGS + STATE.RSP, true), ram.length - 4);
    const stack = ram.slice(top, top + 4);
    this.leave(recover(this.btHost(), this.bt.recoveryAt(address)!));
    look();
    ram.set(stack, top);
    region.set(state, L.STATE_SEGMENT);
    cpu.bytes.set(record, STATE.STATE_BASE);
    cpu.flags = new DataView(record.buffer).getUint32(STATE.RFLAGS - STATE.STATE_BASE, true);
    this.system = system;
    cpu.setInterrupt(false);
    cpu.synchronize();
  }

  private buildRegion(): void {
    const { regionView, region } = this;
    const set = (at: number, value: bigint) => regionView.setBigUint64(at, value, true);
    regionView.setUint32(L.DIRECTORY, (L.REGION + L.LOW_TABLE) | 3, true);
    regionView.setUint32(L.DIRECTORY + (L.REGION >>> 22) * 4, ((L.REGION + L.REGION_TABLE) | 3) >>> 0, true);
    for (let page = 0; page < DEVICE / PAGE; page++) regionView.setUint32(L.LOW_TABLE + page * 4, (page * PAGE) | 0x63, true);
    for (let page = 0; page < L.REGION_BYTES / PAGE; page++)
      regionView.setUint32(L.REGION_TABLE + page * 4, ((L.REGION + page * PAGE) | 0x63) >>> 0, true);
    set(L.GDT + L.SEL_CODE0, descriptor(0, 0xffffffff, 0x409b));
    set(L.GDT + L.SEL_DATA0, descriptor(0, 0xffffffff, 0x4093));
    set(L.GDT + (L.SEL_STATE & ~7), descriptor(L.REGION + L.STATE_SEGMENT, STATE_SIZE - 1, 0x40b3));
    set(L.GDT + L.SEL_TSS, descriptor(L.REGION + L.TSS, 0x67, 0x8b));
    regionView.setUint32(L.TSS + 4, L.REGION + L.STACK_END, true);
    regionView.setUint32(L.TSS + 8, L.SEL_DATA0, true);
    for (let vector = 0; vector < 256; vector++) {
      const handler = BigInt(L.REGION + L.HANDLERS + vector);
      set(L.IDT + vector * 8, (handler & 0xffffn) | (BigInt(L.SEL_CODE0) << 16n) | (0x8en << 40n) | ((handler >> 16n) << 48n));
      region[L.HANDLERS + vector] = HLT;
    }
  }
}
