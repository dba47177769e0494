// The world switch between the VMM and translated code: ring 1, segments that end before the VMM's window, GS for the state segment, CS for
// all of the address space. What translated code leaves to the translator alone happens between load() and store(), in the processor.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import * as STATE from "../../../wasm/abi/state.js";
import type { ProcessorEvent } from "../../cpu/event.js";
import { readSegment, type SegmentRegister } from "../../cpu/segment.js";
import type { Host } from "../host.js";
import { CR4_UMIP, FLAG_RF, VcpuState } from "../state.js";
import { compress, copyOpenFields, sameSegment } from "../trap/compression.js";
import { nullSegment, PRESENT, segmentOf } from "../trap/descriptor.js";
import type { Guest } from "../trap/guest.js";
import type { PlacedArea, Window, WindowChanges } from "../trap/window.js";
import type { Vcpu } from "../vcpu.js";
import { type BtHost, type CodePatch, type Fault, type FetchedCode, type HostEvent, type OwnExit, patchedRanges } from "./host.js";
import { guestFlags } from "./recovery.js";
import {
  GUEST_CS,
  GUEST_GS,
  STATE_GS,
  STATE_SIZE,
  VIRTUAL_CR0,
  VIRTUAL_CR2,
  VIRTUAL_CR3,
  VIRTUAL_CR4,
  VIRTUAL_CS,
  VIRTUAL_GS,
  VIRTUAL_SS,
} from "./state.js";
import { SEL_GUEST_CS, SEL_GUEST_GS, SEL_STATE, STATE_ACCESS, TruncatedTables, truncate } from "./truncated-tables.js";

const RING = 1;
const DR6 = STATE.DRS + 48;
/** Code of ring 1, all of the address space, readable; nobody loads its selector. */
const CODE: SegmentRegister = { selector: RING, base: 0, limit: 0xffffffff, access: 0xc0bb };
/** What translated code reads from the state segment instead: where it is there, and in the guest's record. */
const SHOWN: readonly (readonly [offset: number, at: number])[] = [
  [VIRTUAL_CS, STATE.SEGS + STATE.CS * STATE.SEG_STRIDE + STATE.SEG_SELECTOR],
  [VIRTUAL_SS, STATE.SEGS + STATE.SS * STATE.SEG_STRIDE + STATE.SEG_SELECTOR],
  [VIRTUAL_GS, STATE.SEGS + STATE.GS * STATE.SEG_STRIDE + STATE.SEG_SELECTOR],
  [VIRTUAL_CR0, STATE.CR0],
  [VIRTUAL_CR2, STATE.CR2],
  [VIRTUAL_CR3, STATE.CR3],
  [VIRTUAL_CR4, STATE.CR4],
];
/** The same in words. */
const SHOWN_TO = Uint16Array.from(SHOWN, ([offset]) => offset >> 2);
const SHOWN_FROM = Uint16Array.from(SHOWN, ([, at]) => at >> 2);
/** Segments that the guest's code may load itself. */
const OWN_SEGMENTS = [STATE.ES, STATE.DS, STATE.FS];
const CUT_SEGMENTS = [...OWN_SEGMENTS, STATE.SS];

/** Words of the record from CS to GS: [at, end). */
const WHOLE_AT = (STATE.SEGS + STATE.CS * STATE.SEG_STRIDE) >> 2;
const WHOLE_END = (STATE.SEGS + (STATE.GS + 1) * STATE.SEG_STRIDE) >> 2;

/** What the world is told, and what it asks: guest code, and exits that stay between translated code and translator. */
export interface WorldClient {
  fetch(eip: number): FetchedCode | Fault;
  left(why: OwnExit, eip: number): void;
  /** The window was refreshed, and with it the tables that translated code has. */
  refreshed(changes: WindowChanges): void;
}

/** Addresses of the window, and of the one part of it that ring 1 may write. */
export interface BtLayout {
  /** Linear. */
  readonly window: number;
  readonly state: number;
  /** Host-physical, and bytes of whole pages. */
  readonly stateHost: number;
  readonly stateBytes: number;
}

export class TranslatedWorld implements BtHost {
  /** What ended the last run, if it was an event. */
  event: ProcessorEvent | undefined;
  /** With the segments that translated code was entered with. */
  readonly before = new VcpuState();
  /** Segments as cut() met them last, what it made of them, and where they ended. */
  private readonly wholes = new VcpuState();
  private readonly cuts = new VcpuState();
  private cutEnd = -1;
  private readonly state: PlacedArea;
  private readonly cache: PlacedArea;
  /** The state segment, live; in the host's byte order, as the records' words are. */
  private readonly stateWords: Uint32Array;
  /** What alias() was done for last, if that was in entered(). */
  private aliased: Uint32Array | undefined;
  private readonly tables: TruncatedTables;
  /** Between load() and store(). */
  private isLoaded = false;
  /** The processor's count of instructions at which the run is over. */
  private end = 0;

  /** `real`: the processor's state when it was left last. Areas of the window: descriptor tables, state segment, translation cache. */
  constructor(
    private readonly host: Host,
    private readonly vcpu: Vcpu,
    private readonly guest: Guest,
    private readonly window: Window,
    private readonly real: VcpuState,
    private readonly client: WorldClient,
  ) {
    const [tables, state, cache] = window.areas as readonly [PlacedArea, PlacedArea, PlacedArea];
    this.state = state;
    this.cache = cache;
    this.stateWords = new Uint32Array(host.cpu.bytes.buffer, host.cpu.bytes.byteOffset + this.stateAt(0), STATE_SIZE >> 2);
    this.tables = new TruncatedTables(host, window, tables, state);
    window.onRefresh = (changes) => {
      this.tables.refresh(changes);
      this.client.refreshed(changes);
    };
  }

  /** Offsets in the real CS, which begins at 0. */
  get stateBase(): number {
    return this.window.begin + this.state.offset;
  }

  get cacheBase(): number {
    return this.window.begin + this.cache.offset;
  }

  get layout(): BtLayout {
    return { window: this.window.begin, state: this.stateBase, stateHost: this.state.host, stateBytes: this.state.bytes };
  }

  /** From the guest's state to ring 1, for at most `count` instructions. */
  load(count: number): void {
    const { host, vcpu, real, guest } = this;
    const { shadow } = guest;
    const root = shadow.root(guest.paging, "both");
    compress(vcpu.state, real, RING, { root, pdptes: shadow.rootEntries(root), window: this.tables.placed() }, CR4_UMIP);
    this.alias();
    for (const n of CUT_SEGMENTS) this.cut(n);
    real.setSegment(STATE.GS, { selector: SEL_STATE, base: this.stateBase, limit: STATE_SIZE - 1, access: STATE_ACCESS });
    real.setSegment(STATE.CS, CODE);
    real.flags &= ~FLAG_RF;
    if (host.load(vcpu.state, real, shadow.takeFlush())) vcpu.counters.count("tlbFlushes");
    // Another's stops may be in the processor; translated code runs with none.
    vcpu.stops.enter(host.cpu.stops, 0);
    this.begin(count);
  }

  /** The selectors that stand for the guest's GS and CS: `real` has these. */
  private alias(): void {
    const { real } = this;
    this.aliased = undefined;
    if (this.cutEnd !== this.window.begin) this.wholes.segments.fill(0xff);
    this.cutEnd = this.window.begin;
    if (this.cut(STATE.GS)) this.writeState(GUEST_GS, this.tables.setAlias(SEL_GUEST_GS, real.segment(STATE.GS)));
    if (this.cut(STATE.CS)) this.writeState(GUEST_CS, this.tables.setAlias(SEL_GUEST_CS, real.segment(STATE.CS)));
  }

  /** The processor is in ring 1. */
  private begin(count: number): void {
    const { host, vcpu } = this;
    this.writeState(STATE_GS, SEL_STATE);
    const { words } = vcpu.state;
    for (let i = 0; i < SHOWN_TO.length; i++) this.stateWords[SHOWN_TO[i]!] = words[SHOWN_FROM[i]!]!;
    this.before.segments.set(host.segments);
    this.isLoaded = true;
    this.event = undefined;
    this.end = host.cpu.instructionCount + count;
  }

  /** The guest's CR2 is another. */
  showFault(): void {
    this.writeState(VIRTUAL_CR2, this.vcpu.state.u32(STATE.CR2));
  }

  /** The guest's segments from CS to GS as ring 1 would have them, not cut off: what the last load() was for. */
  get wholeSegments(): Uint32Array {
    return this.wholes.words.slice(WHOLE_AT, WHOLE_END);
  }

  /** In the place of load(), where the processor has what that would put there. `whole`: wholeSegments of then. */
  entered(whole: Uint32Array, count: number): void {
    const { real } = this;
    real.words.set(whole, WHOLE_AT);
    if (this.aliased !== whole || this.cutEnd !== this.window.begin) {
      this.alias();
      this.aliased = whole;
    }
    this.begin(count);
  }

  /** End a segment of `real` before the window. Returns whether it is another than at the last call. */
  private cut(n: number): boolean {
    const { real, wholes, cuts } = this;
    const isOther = !sameSegment(real, wholes, n);
    if (isOther) {
      wholes.copySegment(n, real);
      const { selector } = real.segment(n);
      const { base, limit, access } = truncate(real.segment(n), this.window.begin);
      cuts.setSegment(n, { selector, base, limit, access });
    }
    real.copySegment(n, cuts);
    return isOther;
  }

  /** Back to the guest's state, at its EIP. */
  store(eip: number, shadow: boolean, restorePointers: () => void): void {
    const { host, vcpu, real } = this;
    const { state } = vcpu;
    this.leave(restorePointers);
    host.store(real);
    copyOpenFields(real, state);
    state.flags = guestFlags(this);
    state.set(DR6, real.u32(DR6));
    state.rip = eip;
    if (shadow) state.set(STATE.SHADOW, STATE.SHADOW_STI);
    this.storeSegments();
  }

  /** The segments that translated code has loaded, as the guest's own tables have them. */
  storeSegments(): void {
    const { state } = this.vcpu;
    const { view } = this.host.cpu;
    for (const n of OWN_SEGMENTS) {
      if (sameSegment(this.host, this.before, n)) continue;
      const { selector, access } = readSegment(view, n);
      const found = access & PRESENT ? this.window.descriptorOf(selector) : undefined;
      state.setSegment(n, found ? segmentOf(selector, found) : nullSegment(selector));
    }
  }

  /** The processor is no longer in ring 1. */
  leave(restorePointers: () => void): void {
    if (this.isInCache(this.host.cpu.view.getUint32(STATE.FPU_IP, true))) restorePointers();
    this.isLoaded = false;
  }

  private isInCache(address: number): boolean {
    return (address - this.cacheBase) >>> 0 < this.cache.bytes;
  }

  // What the translator needs.

  get codeLimit(): number {
    return this.vcpu.state.segment(STATE.CS).limit;
  }

  fetch(eip: number): FetchedCode | Fault {
    return this.client.fetch(eip);
  }

  left(why: OwnExit, eip: number): void {
    this.client.left(why, eip);
  }

  private stateAt(offset: number): number {
    return RAM_BASE + this.state.host + offset;
  }

  readState(offset: number): number {
    return this.host.cpu.view.getUint32(this.stateAt(offset), true);
  }

  writeState(offset: number, value: number): void {
    this.host.cpu.view.setUint32(this.stateAt(offset), value, true);
  }

  fillState(offset: number, count: number, value: number): void {
    this.stateWords.fill(value, offset >> 2, (offset >> 2) + count);
  }

  place(offset: number, bytes: Uint8Array): void {
    const at = this.cache.host + offset;
    this.host.cpu.bytes.set(bytes, RAM_BASE + at);
    this.host.cpu.memoryWritten(at, bytes.length);
  }

  patch(patches: readonly CodePatch[]): void {
    const { cpu } = this.host;
    const base = this.cache.host;
    for (const { offset, value } of patches) cpu.view.setInt32(RAM_BASE + base + offset, value, true);
    for (const { start, length } of patchedRanges(patches)) cpu.memoryWritten(base + start, length);
  }

  getRegister(n: number): number {
    return this.host.cpu.view.getUint32(STATE.REGS + n * 8, true);
  }

  setRegister(n: number, value: number): void {
    const { view } = this.host.cpu;
    view.setUint32(STATE.REGS + n * 8, value, true);
    view.setUint32(STATE.REGS + n * 8 + 4, 0, true);
  }

  get flags(): number {
    return this.host.cpu.flags & ~FLAG_RF;
  }

  restoreX87Pointers(guestEip: (eip: number) => number | undefined): void {
    if (!this.isLoaded) return;
    const { view } = this.host.cpu;
    const eip = guestEip(view.getUint32(STATE.FPU_IP, true));
    if (eip === undefined) return;
    const { state } = this.vcpu;
    view.setUint32(STATE.FPU_IP, eip, true);
    view.setUint32(STATE.FPU_CS, state.segment(STATE.CS).selector, true);
    const data = view.getUint32(STATE.FPU_DS, true);
    const stands = { [SEL_GUEST_GS]: STATE.GS, [SEL_GUEST_CS]: STATE.CS, [this.real.segment(STATE.SS).selector]: STATE.SS }[data];
    if (stands !== undefined) view.setUint32(STATE.FPU_DS, state.segment(stands).selector, true);
  }

  /** Translated code is left then, and load() will. */
  restoreStateSegment(): void {}

  writeStack(offset: number, value: number, size: 2 | 4): void {
    const { guest } = this;
    const linear = guest.state.segment(STATE.SS).base + offset;
    // It was stored there just now: this finds the same places.
    guest.write(linear >>> 0, size, value);
  }

  run(eip: number): HostEvent {
    const { cpu } = this.host;
    const left = this.end - cpu.instructionCount;
    if (left <= 0) return { vector: 0, error: 0, eip, external: true };
    cpu.view.setUint32(STATE.RIP, eip, true);
    cpu.view.setUint32(STATE.RIP + 4, 0, true);
    cpu.view.setUint32(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING, true);
    const exit = cpu.run(left);
    const at = cpu.view.getUint32(STATE.RIP, true);
    this.event = exit === "event" ? cpu.event : undefined;
    if (!this.event) return { vector: 0, error: 0, eip: at, external: true };
    const { kind, vector, code } = this.event;
    return { vector, error: code, eip: at, external: kind === "external" || kind === "nmi" };
  }
}
