// System calls, exceptions and returns between the guest's user code, in place, and its translated kernel: remembered. What a crossing does to
// segments and privilege depends on the guest's descriptor tables and registers; while these are what they were at an earlier one, its result is
// put into the processor, and only stack, EIP and EFLAGS are computed. All other registers stay in the processor, so vcpu.state has nothing of
// them until the road stores it.
//
// Not remembered: whatever pushes its frame over a page's end or through a segment that is not flat, 16-bit gates, returns within a ring, and
// crossings while TF, NT or a debugger is on.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import * as STATE from "../../../wasm/abi/state.js";
import type { Host } from "../host.js";
import { FLAG_I, FLAG_NT, FLAG_RF, FLAG_T, FLAG_VM, FLAGS_IOPL } from "../state.js";
import { TYPE_32 } from "../trap/descriptor.js";
import { changeableFlags } from "../trap/emulate-transfer.js";
import { type Guest, GuestException } from "../trap/guest.js";
import type { InPlace } from "../trap/in-place.js";
import type { Window, WindowChanges } from "../trap/window.js";
import { Arrival, type Crossing } from "./crossing.js";
import { isFlat, KnownCrossings } from "./known-crossings.js";
import type { TranslatedWorld } from "./translated-world.js";

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
const GATE_DPL = 3 << 13;
/** What IRET in ring 0 takes from the image. */
const CHANGEABLE = changeableFlags(0, 0, 4);

export class Crossings {
  private readonly known: KnownCrossings;
  /** Of the crossing that is looked for, or was made last. */
  readonly arrival = new Arrival();

  constructor(
    private readonly host: Host,
    private readonly guest: Guest,
    window: Window,
    private readonly inPlace: InPlace,
    private readonly world: TranslatedWorld,
  ) {
    this.known = new KnownCrossings(host, guest, window, inPlace, world);
  }

  /** After the window's refresh. */
  refreshed(changes: WindowChanges): void {
    this.known.refreshed(changes);
  }

  forget(): void {
    this.known.forget();
  }

  /** The guest was loaded into the processor: by what was looked for last, perhaps. */
  learn(): void {
    this.known.learn(this.arrival);
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
    return this.toKernel(this.known.find("sysenter", 0, 0, 0), left);
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
    return this.toUser(this.known.find("sysexit", 0, 0, 0));
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
    const found = this.known.find("gate", low, high, ss);
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
    return this.toUser(this.known.find("iret", cs, memory.read(at + 16, 2), 0));
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
    this.known.made(crossing);
  }
}
