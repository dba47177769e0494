// System calls, exceptions and returns between the guest's user code, in place, and its translated kernel: remembered. What a crossing does to
// segments and privilege depends on the guest's descriptor tables and registers; while these are what they were at an earlier one, its result is
// put into the processor, and only stack, EIP and EFLAGS are computed. All other registers stay in the processor, so vcpu.state has nothing of
// them until the road stores it.
//
// A crossing is learnt from the two world switches around the emulator's work: missed by find(), then completed by learn(), behind the load.
// Not remembered: whatever pushes its frame over a page's end or through a segment that is not flat, 16-bit gates, returns within a ring, and
// crossings while TF, NT or a debugger is on.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import * as STATE from "../../../wasm/abi/state.js";
import type { Host } from "../host.js";
import { FLAG_I, FLAG_NT, FLAG_RF, FLAG_T, FLAG_VM, FLAGS_IOPL, type VcpuState } from "../state.js";
import { BIG, CODE, CONFORMING as EXPAND_DOWN, TYPE_32 } from "../trap/descriptor.js";
import { changeableFlags } from "../trap/emulate-transfer.js";
import { type Guest, GuestException } from "../trap/guest.js";
import type { InPlace } from "../trap/in-place.js";
import type { Window, WindowChanges } from "../trap/window.js";
import type { TranslatedWorld } from "./translated-world.js";

export type CrossingKind = "gate" | "sysenter" | "iret" | "sysexit";

/** An event that goes through the guest's IDT. */
export interface GateEvent {
  readonly vector: number;
  readonly software: boolean;
  /** Error code to push, or undefined. */
  readonly code: number | undefined;
  /** EFLAGS.RF of the image that is pushed. */
  readonly resume: number;
}

const PAGE = 4096;
const ESP = STATE.REGS + STATE.RSP;
const CS_BASE = STATE.SEGS + STATE.CS * STATE.SEG_STRIDE + STATE.SEG_BASE;
/** Its two bytes. */
const SYSENTER = 0x340f;
const INTERRUPT_GATE_32 = 0x0e;
const TRAP_GATE_32 = 0x0f;
/** ESP0 and SS0 in a 32-bit TSS. SDM 3A "Task-State Segment (TSS)". */
const TSS_ESP0 = 4;
const TSS_SS0 = 8;
/** Crossings of one kind that are remembered: of processes that differ in their GS, say. */
const MOST = 32;
const KINDS: readonly CrossingKind[] = ["gate", "sysenter", "iret", "sysexit"];
const GATE_DPL = 3 << 13;
/** What IRET in ring 0 takes from the image. */
const CHANGEABLE = changeableFlags(0, 0, 4);
const SEGMENTS = [STATE.ES, STATE.CS, STATE.SS, STATE.DS, STATE.FS];

/** Words of a record, as ranges [start, end) by address. */
class Words {
  private readonly ranges: readonly (readonly [number, number])[];

  constructor(ranges: readonly (readonly [start: number, end: number])[]) {
    this.ranges = ranges.map(([start, end]) => [start >> 2, end >> 2]);
  }

  /** A record with nothing but these. */
  copy(from: Uint32Array): Uint32Array {
    const copied = new Uint32Array(STATE.MSR_PAT >> 2);
    for (const [start, end] of this.ranges) copied.set(from.subarray(start, end), start);
    return copied;
  }

  isSame(a: Uint32Array, b: Uint32Array): boolean {
    return this.ranges.every(([start, end]) => sameWords(a, b, start, end));
  }
}

function sameWords(a: Uint32Array, b: Uint32Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Of the guest's own state, what a crossing depends on: segments, tables, CR0, CR4, DR7, EFER, CPL, SYSENTER's registers. */
const DEPENDS = new Words([
  [STATE.SEGS, STATE.CR2],
  [STATE.CR4, STATE.DRS],
  [STATE.DRS + 7 * 8, STATE.PDPTES],
  [STATE.CPL, STATE.MSR_PAT],
]);
/** What a crossing changes, in the guest's state and in the processor's: segments, descriptor tables, CR0, and CPL. Words of the record. */
const CHANGED_AT = STATE.SEGS >> 2;
const CHANGED_END = STATE.CR2 >> 2;
const CPL_AT = STATE.CPL >> 2;
/** Segment registers among them. */
const SEGMENTS_END = (STATE.SEGS + (STATE.GS + 1) * STATE.SEG_STRIDE) >> 2;

/** The words that differ between two records. */
class Changes {
  private readonly places: Uint16Array;
  private readonly values: Uint32Array;

  constructor(from: Uint32Array, to: Uint32Array) {
    const places: number[] = [];
    for (let i = CHANGED_AT; i < CHANGED_END; i++) if (from[i] !== to[i]) places.push(i);
    places.push(CPL_AT);
    this.places = Uint16Array.from(places);
    this.values = Uint32Array.from(places, (i) => to[i]!);
  }

  /** `record` has what they were made from. */
  put(record: Uint32Array): void {
    const { places, values } = this;
    for (let i = 0; i < places.length; i++) record[places[i]!] = values[i]!;
  }
}

/** What was found before the crossing. */
interface Before {
  readonly kind: CrossingKind;
  /** Words of the gate, or CS and SS to return to. */
  readonly first: number;
  readonly second: number;
  /** SS0. */
  readonly stack: number;
  /** Records: of the guest, of the processor, and of the segments that this was entered with last. */
  readonly guest: Uint32Array;
  readonly real: Uint32Array;
  readonly entered: Uint32Array;
}

interface Crossing extends Before {
  readonly ofGuest: Changes;
  readonly ofReal: Changes;
  /** TranslatedWorld.wholeSegments behind it, which count only in the kernel. */
  readonly whole: Uint32Array;
  /** Where the descriptors that it depends on begin in the guest's GDT. */
  readonly descriptors: readonly number[];
  /** With nothing between that one and this, the guest is as here, and the processor too but for segments that were loaded. */
  previous: Crossing | undefined;
  /** What was crossed by after this one when it was last looked for. */
  next: Crossing | undefined;
  /** It is still known. */
  alive: boolean;
}

/** Where the guest goes on. */
export class Arrival {
  eip = 0;
  esp = 0;
  /** The guest's EFLAGS, all of them. */
  flags = 0;

  set(eip: number, esp: number, flags: number): void {
    this.eip = eip;
    this.esp = esp;
    this.flags = flags;
  }
}

export class Crossings {
  private readonly known: Record<CrossingKind, Crossing[]> = { gate: [], sysenter: [], iret: [], sysexit: [] };
  /** Of the crossing that is looked for, or was made last. */
  readonly arrival = new Arrival();
  private missed: Before | undefined;
  /** What the guest is in the processor by, if it is a crossing. */
  private last: Crossing | undefined;
  private begin = -1;

  constructor(
    private readonly host: Host,
    private readonly guest: Guest,
    private readonly window: Window,
    private readonly inPlace: InPlace,
    private readonly world: TranslatedWorld,
  ) {}

  /** After the window's refresh. */
  refreshed({ gdt, ldt }: WindowChanges): void {
    const isElsewhere = this.begin !== this.window.begin;
    this.begin = this.window.begin;
    if (isElsewhere || ldt.to > ldt.from) this.forget();
    else if (gdt.to > gdt.from) this.drop(({ descriptors }) => descriptors.some((at) => at + 8 > gdt.from && at < gdt.to));
  }

  forget(): void {
    this.drop(() => true);
  }

  private drop(which: (crossing: Crossing) => boolean): void {
    this.missed = undefined;
    this.last = undefined;
    for (const kind of KINDS)
      this.known[kind] = this.known[kind].filter((crossing) => {
        crossing.alive = !which(crossing);
        return crossing.alive;
      });
  }

  /**
   * An event of user code goes through the guest's IDT. With true the processor is in ring 1 for `left` instructions, and arrival says where the
   * kernel goes on; with false nothing is done: the emulator must, and then learn().
   */
  throughGate(event: GateEvent, left: number): boolean {
    try {
      return this.gate(event, left);
    } catch (raised) {
      if (raised instanceof GuestException) return false;
      throw raised;
    }
  }

  /** SYSENTER of user code. Likewise; false, too, if user code is at another instruction. */
  sysenter(left: number): boolean {
    try {
      return this.isAtSysenter() && this.fastCall(left);
    } catch (raised) {
      if (raised instanceof GuestException) return false;
      throw raised;
    }
  }

  private isAtSysenter(): boolean {
    const { guest, host } = this;
    const linear = (guest.state.u32(CS_BASE) + host.cpu.view.getUint32(STATE.RIP, true)) >>> 0;
    return linear % PAGE !== PAGE - 1 && guest.memory.read(guest.translate(linear, false, false), 2) === SYSENTER;
  }

  private fastCall(left: number): boolean {
    const { state } = this.guest;
    const flags = this.userFlags;
    if (flags & FLAG_T || !this.inPlace.hasItsSegments) return false;
    this.arrival.set(state.u32(STATE.MSR_SYSENTER_EIP), state.u32(STATE.MSR_SYSENTER_ESP), flags & ~(FLAG_VM | FLAG_I | FLAG_RF));
    return this.toKernel(this.find("sysenter", 0, 0, 0), left);
  }

  /** IRET of the kernel to user code; `flags`: the guest's. With true the processor is there. */
  iret(flags: number): boolean {
    try {
      return this.interruptReturn(flags);
    } catch (raised) {
      if (raised instanceof GuestException) return false;
      throw raised;
    }
  }

  /** SYSEXIT. Likewise. */
  sysexit(flags: number): boolean {
    if (flags & FLAG_T) return false;
    const { view } = this.host.cpu;
    this.arrival.set(view.getUint32(STATE.REGS + STATE.RDX, true), view.getUint32(STATE.REGS + STATE.RCX, true), flags & ~FLAG_RF);
    return this.toUser(this.find("sysexit", 0, 0, 0));
  }

  /** EFLAGS of the guest while its user code runs. */
  get userFlags(): number {
    return (this.host.cpu.flags & ~(FLAG_I | FLAGS_IOPL)) | (this.guest.state.flags & (FLAG_I | FLAGS_IOPL));
  }

  private gate({ vector, software, code, resume }: GateEvent, left: number): boolean {
    const { guest } = this;
    const { state, memory } = guest;
    const flags = this.userFlags;
    if (vector * 8 + 7 > state.u32(STATE.IDTR_LIMIT) || flags & (FLAG_T | FLAG_NT)) return false;
    const at = this.within((state.u32(STATE.IDTR_BASE) + vector * 8) >>> 0, 8);
    const task = this.innerStack();
    if (at < 0 || task < 0 || !this.inPlace.hasItsSegments) return false;
    const low = memory.read32(at);
    const high = memory.read32(at + 4);
    const type = (high >>> 8) & 0x1f;
    if ((type !== INTERRUPT_GATE_32 && type !== TRAP_GATE_32) || (software && (high & GATE_DPL) !== GATE_DPL)) return false;
    const top = memory.read32(task);
    const ss = memory.read(task + 4, 2);
    const image = (flags & ~FLAG_RF) | resume;
    const cleared = FLAG_T | FLAG_NT | FLAG_RF | FLAG_VM | (type === INTERRUPT_GATE_32 ? FLAG_I : 0);
    const esp = (top - (code === undefined ? 20 : 24)) >>> 0;
    this.arrival.set(((high & 0xffff0000) | (low & 0xffff)) >>> 0, esp, flags & ~cleared);
    const found = this.find("gate", low, high, ss);
    return found !== undefined && this.pushFrame(esp, image, code) && this.toKernel(found, left);
  }

  /** Guest-physical address of ESP0, with SS0 behind it; -1: not in one piece. */
  private innerStack(): number {
    const { state } = this.guest;
    const task = STATE.SEGS + STATE.TR * STATE.SEG_STRIDE;
    if (!(state.u32(task + STATE.SEG_ACCESS) & TYPE_32) || state.u32(task + STATE.SEG_LIMIT) < TSS_SS0 + 1) return -1;
    return this.within((state.u32(task + STATE.SEG_BASE) + TSS_ESP0) >>> 0, 6);
  }

  /** Guest-physical address of what the processor itself reads at a linear one; -1: not in one page. Throws GuestException. */
  private within(linear: number, size: number): number {
    return (linear & (PAGE - 1)) + size > PAGE ? -1 : this.guest.translate(linear, false, true);
  }

  /** All of it or nothing. False: it is not as simple as that. */
  private pushFrame(bottom: number, flags: number, code: number | undefined): boolean {
    const { guest } = this;
    const { view } = this.host.cpu;
    const bytes = code === undefined ? 20 : 24;
    if ((bottom & (PAGE - 1)) + bytes > PAGE) return false;
    const physical = guest.translate(bottom, true, true);
    const page = guest.memory.page(physical);
    if (!page || page.readOnly || guest.memory.traces.isTraced(page.address)) return false;
    const host = page.address + (physical & (PAGE - 1));
    let at = RAM_BASE + host;
    if (code !== undefined) {
      view.setUint32(at, code, true);
      at += 4;
    }
    view.setUint32(at, view.getUint32(STATE.RIP, true), true);
    view.setUint32(at + 4, guest.state.selector(STATE.CS), true);
    view.setUint32(at + 8, flags, true);
    view.setUint32(at + 12, view.getUint32(ESP, true), true);
    view.setUint32(at + 16, guest.state.selector(STATE.SS), true);
    this.host.cpu.memoryWritten(host, bytes);
    return true;
  }

  private interruptReturn(flags: number): boolean {
    const { memory, state } = this.guest;
    if (flags & (FLAG_NT | FLAG_T) || !isFlat(state, STATE.SS)) return false;
    const at = this.within(this.host.cpu.view.getUint32(ESP, true), 20);
    if (at < 0) return false;
    const cs = memory.read(at + 4, 2);
    const image = memory.read32(at + 8);
    if ((cs & 3) !== 3 || image & (FLAG_VM | FLAG_T)) return false;
    this.arrival.set(memory.read32(at), memory.read32(at + 12), (flags & ~CHANGEABLE) | (image & CHANGEABLE));
    return this.toUser(this.find("iret", cs, memory.read(at + 16, 2), 0));
  }

  private find(kind: CrossingKind, first: number, second: number, stack: number): Crossing | undefined {
    const { last } = this;
    const next = last?.next;
    const isNext = next?.alive && next.kind === kind && next.first === first && next.second === second && next.stack === stack;
    if (isNext && this.isPreparedFor(next)) return next;
    const found = this.search(kind, first, second, stack);
    if (last) last.next = found;
    if (found) return found;
    this.missed = {
      kind,
      first,
      second,
      stack,
      guest: DEPENDS.copy(this.guest.state.words),
      real: this.host.words.slice(0, CHANGED_END),
      entered: this.entered(kind).slice(0, SEGMENTS_END),
    };
    return undefined;
  }

  private search(kind: CrossingKind, first: number, second: number, stack: number): Crossing | undefined {
    const list = this.known[kind];
    for (let i = 0; i < list.length; i++) {
      const known = list[i]!;
      if (known.first !== first || known.second !== second || known.stack !== stack || !this.isPreparedFor(known)) continue;
      // One that was found is found again soon.
      list[i] = list[0]!;
      list[0] = known;
      return known;
    }
    return undefined;
  }

  private isPreparedFor(known: Crossing): boolean {
    const { last, host } = this;
    const real = host.words;
    // User code that has loaded segments does not come here.
    if (last && known.previous === last) return isInward(known.kind) || sameWords(real, known.real, CHANGED_AT, SEGMENTS_END);
    if (!sameWords(real, known.real, CHANGED_AT, CHANGED_END)) return false;
    if (!sameWords(this.entered(known.kind), known.entered, CHANGED_AT, SEGMENTS_END)) return false;
    if (!DEPENDS.isSame(this.guest.state.words, known.guest)) return false;
    known.previous = last;
    return true;
  }

  /** The segments that the processor was entered with last. */
  private entered(kind: CrossingKind): Uint32Array {
    return isInward(kind) ? this.inPlace.before.words : this.world.before.words;
  }

  /** The guest was loaded into the processor. If it came there by a crossing that was missed, and by nothing else, that is known from now on. */
  learn(): void {
    const { missed, arrival } = this;
    this.missed = undefined;
    this.last = undefined;
    if (!missed) return;
    const { state } = this.guest;
    if (state.rip !== arrival.eip || state.register(4) !== arrival.esp || state.flags !== arrival.flags >>> 0) return;
    if (!isFlat(state, STATE.SS) || !isFlat(state, STATE.CS) || !this.window.isCurrent) return;
    const list = this.known[missed.kind];
    if (list.length === MOST) list.pop()!.alive = false;
    list.unshift({
      ...missed,
      ofGuest: new Changes(missed.guest, state.words),
      ofReal: new Changes(missed.real, this.host.words),
      whole: this.sharedWhole(),
      descriptors: SEGMENTS.map((n) => state.selector(n) & 0xfff8),
      previous: undefined,
      next: undefined,
      alive: true,
    });
  }

  /** TranslatedWorld.wholeSegments; where they are the same, so is the array. */
  private sharedWhole(): Uint32Array {
    const whole = this.world.wholeSegments;
    for (const kind of KINDS) for (const known of this.known[kind]) if (sameWords(known.whole, whole, 0, whole.length)) return known.whole;
    return whole;
  }

  private toKernel(crossing: Crossing | undefined, left: number): boolean {
    if (!crossing) return false;
    this.put(crossing, (this.arrival.flags & ~(FLAGS_IOPL | FLAG_RF)) | FLAG_I);
    this.world.entered(crossing.whole, left);
    return true;
  }

  private toUser(crossing: Crossing | undefined): boolean {
    if (!crossing) return false;
    this.put(crossing, (this.arrival.flags & ~FLAGS_IOPL) | FLAG_I);
    this.inPlace.entered();
    return true;
  }

  private put(crossing: Crossing, realFlags: number): void {
    const { host, guest, arrival } = this;
    const { view } = host.cpu;
    crossing.ofGuest.put(guest.state.words);
    crossing.ofReal.put(host.words);
    guest.state.flags = arrival.flags;
    view.setUint32(STATE.RIP, arrival.eip, true);
    view.setUint32(ESP, arrival.esp, true);
    view.setUint32(STATE.SHADOW, 0, true);
    view.setUint32(STATE.PENDING_DEBUG, 0, true);
    view.setUint32(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING, true);
    host.cpu.changePrivilege(realFlags);
    this.last = crossing;
  }
}

const isInward = (kind: CrossingKind) => kind === "gate" || kind === "sysenter";

/** All of the address space, the stack pointer being ESP. */
function isFlat(state: VcpuState, n: number): boolean {
  const at = STATE.SEGS + n * STATE.SEG_STRIDE;
  const access = state.u32(at + STATE.SEG_ACCESS);
  const growsDown = (access & (CODE | EXPAND_DOWN)) === EXPAND_DOWN;
  return state.u32(at + STATE.SEG_BASE) === 0 && state.u32(at + STATE.SEG_LIMIT) === 0xffffffff && (access & BIG) !== 0 && !growsDown;
}
