// Trap and emulate, with ring compression and shadow page tables: the guest runs in place, deprivileged, until something faults; what ring 0
// would have done then is done on virtual state. compression.ts lists where this shows: the sensitive instructions that do not fault.
//
// The road begins in protected mode, with or without paging. Refused with a sentence (exit "internal-error"): real and virtual-8086 mode, task
// switches, call gates, rings 1 and 2. Devices of the host itself are not there: what interrupts the processor for them is dropped.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import * as STATE from "../../../wasm/abi/state.js";
import type { ProcessorEvent } from "../../cpu/event.js";
import { DeviceStep } from "../device-step.js";
import { reasonOfException } from "../events/exit-reasons.js";
import type { TranslationStep } from "../events/record.js";
import { exceptionName } from "../events/svm-exit-codes.js";
import type { VcpuExit } from "../exit.js";
import { ExitRecorder } from "../exit-recorder.js";
import type { GuestMemory } from "../guest-memory.js";
import type { Host } from "../host.js";
import { refusal, runTurns } from "../run-loop.js";
import { ERROR_FETCH, ERROR_W, type GuestAccess } from "../shadow/guest-walk.js";
import { ShadowPaging, type ShadowView, type Verdict } from "../shadow/shadow-paging.js";
import { VERDICTS } from "../shadow/verdicts.js";
import { CR0_PE, FLAG_AC, FLAG_I, FLAG_RF, FLAG_T, FLAG_VM, VcpuState } from "../state.js";
import { guestSteps, paeSteps } from "../translation-steps.js";
import type { Road, Vcpu } from "../vcpu.js";
import { type Compression, compress, decompress, RINGS, viewOf } from "./compression.js";
import { type Decoded, decode } from "./decode.js";
import { deliver, hasErrorCode, type VirtualEvent } from "./deliver.js";
import { emulate, type Outcome } from "./emulate.js";
import { causeOf, INTR, NMI, reasonOfInstruction, SPACE, SWINT } from "./exits.js";
import { Guest, GuestException, Unsupported, VECTOR_DB, VECTOR_GP, VECTOR_NP, VECTOR_PF, VECTOR_SS, VECTOR_TS } from "./guest.js";
import { Window } from "./window.js";

/** Exceptions that a privileged instruction, or a load of a segment register, ends with in the outer ring. */
const EMULATED = [VECTOR_TS, VECTOR_NP, VECTOR_SS, VECTOR_GP];
const RUN_LIMIT = 1 << 25;
const DR6 = STATE.DRS + 48;
const DR6_BS = 1 << 14;
/** Page faults of one instruction before the VMM gives up: more than any has pages. */
const MOST_FAULTS = 64;

type Opened = Extract<Verdict, { readonly physical: number }>;
const isOpened = (verdict: Verdict): verdict is Opened => verdict.kind === "trace" || verdict.kind === "mmio";

export class TrapRoad implements Road {
  private readonly guest: Guest;
  private readonly shadow: ShadowPaging;
  private readonly window: Window;
  readonly real = new VcpuState();
  private readonly before = new VcpuState();
  /** The guest's state before the instruction that is stepped. */
  private readonly saved = new Uint8Array(STATE.STATE_END);
  private readonly ring: 1 | 3;
  private readonly devices: DeviceStep;
  private readonly recorder: ExitRecorder;
  /** Descriptor tables, or where they lie, may have changed. */
  private stale = true;
  private complete: ((value: number) => void) | undefined;
  /** What the end of an instruction with input has come to: the next run says so. */
  private refused: Unsupported | undefined;
  /** An instruction with device accesses is under way: it is executed again from its beginning. */
  private stepping = false;

  constructor(
    private readonly host: Host,
    memory: GuestMemory,
    private readonly vcpu: Vcpu,
    private readonly compression: Compression,
  ) {
    this.ring = RINGS[compression];
    this.shadow = new ShadowPaging(host.cpu, host.pages, memory);
    this.guest = new Guest(vcpu.state, memory, this.shadow);
    this.window = new Window(host, this.guest, this.ring);
    this.guest.onAccess = (linear, size, write) => vcpu.stops.accessed(linear, size, write);
    this.devices = new DeviceStep(host, memory, () => vcpu.mmio);
    this.recorder = new ExitRecorder(host, memory, vcpu, "trap");
    this.shadow.onWatchedStore((page, start, end) => {
      if (this.window.isIn(page, start, end)) this.stale = true;
    });
    // The window may have to move when a page table changes, and so may what the descriptor tables are.
    this.shadow.onTableStore(() => {
      this.stale = true;
    });
  }

  stateChanged(): void {
    this.recorder.end();
    this.stale = true;
    // The guest can see where the window lies: that must depend on its state alone.
    this.window.forget();
    this.complete = undefined;
    this.refused = undefined;
    this.stepping = false;
    this.devices.forget();
    this.shadow.reset();
  }

  memoryWritten(physical: number, length: number): void {
    for (let at = physical; at < physical + length; at = (Math.floor(at / 4096) + 1) * 4096) {
      const page = this.guest.memory.page(at);
      const start = at % 4096;
      if (page) this.guest.memory.traces.stored(page.address, start, Math.min(4096, start + physical + length - at));
    }
  }

  translate(linear: number): number | undefined {
    const walk = this.shadow.walker.walk(this.guest.paging, linear, undefined);
    return walk.present ? walk.physical : undefined;
  }

  completeInput(value: number): void {
    const { complete } = this;
    this.complete = undefined;
    try {
      complete?.(value);
    } catch (thrown) {
      if (!(thrown instanceof Unsupported)) throw thrown;
      this.refused = thrown;
    }
  }

  run(count: number): VcpuExit {
    const { refused } = this;
    this.refused = undefined;
    try {
      if (refused) throw refused;
      return runTurns(this.host, this.vcpu, count, (left) => this.turn(left));
    } catch (thrown) {
      if (!(thrown instanceof Unsupported)) throw thrown;
      this.recorder.refused(thrown.message);
      return refusal(this.vcpu.state, thrown.message);
    }
  }

  private turn(left: number): VcpuExit | undefined {
    const { vcpu } = this;
    const { state } = vcpu;
    if (!(state.cr0 & CR0_PE)) throw new Unsupported("the guest is in real mode, and this road begins in protected mode");
    if (state.flags & FLAG_VM) throw new Unsupported("the guest is in virtual-8086 mode, which this road does not have");
    if (state.cpl === 1 || state.cpl === 2)
      throw new Unsupported(`the guest is in ring ${state.cpl}, and this road has rings 0 and 3 only`);
    if (state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_SHUTDOWN) return { kind: "shutdown" };
    const store = this.devices.pendingExit();
    if (store) return this.ended(store);
    if (this.stepping) return this.ended(this.step());
    if (vcpu.stops.isHit) return { kind: "debug" };
    if (this.inject()) return undefined;
    if (vcpu.windowRequested && vcpu.interruptible) return { kind: "interrupt-window" };
    if (state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_HALTED) return { kind: "hlt" };
    if (left <= 0 || vcpu.stopRequested) return { kind: "intr" };
    const waits = vcpu.queued !== undefined || vcpu.windowRequested || vcpu.nmiPending;
    // A shadow lasts for one instruction; what waits for its end comes then.
    this.execute(waits && (state.u32(STATE.SHADOW) || state.u32(STATE.PENDING_DEBUG)) ? 1 : Math.min(left, RUN_LIMIT));
    if (this.host.floatingPointError) {
      this.host.floatingPointError = false;
      return { kind: "fpu-error" };
    }
    return this.exit === "event" ? this.handle(this.host.cpu.event) : undefined;
  }

  private handle(event: ProcessorEvent): VcpuExit | undefined {
    this.begin(event);
    return this.ended(this.dispatch(event));
  }

  /** The exit at hand is dealt with, unless it waits for the owner's answer. */
  private ended(exit: VcpuExit | undefined): VcpuExit | undefined {
    if (exit?.kind === "io" || exit?.kind === "mmio") this.vcpu.counters.count("userExits");
    if (!this.complete) this.end();
    return exit;
  }

  private exit = "";
  /** The shadow tables that the guest ran on last. */
  private root = 0;

  /** Run the guest itself. */
  private execute(count: number): void {
    const { host, vcpu, real, before } = this;
    if (this.stale) {
      this.stale = false;
      this.window.refresh();
    }
    const { cpl } = vcpu.state;
    const root = this.shadow.root(this.guest.paging, this.view);
    const pdptes = this.shadow.rootEntries(root);
    compress(vcpu.state, real, this.ring, { root, pdptes, ...this.window.tables(cpl) });
    before.bytes.set(real.bytes);
    const flush = this.shadow.takeFlush();
    if (flush || root !== this.root) vcpu.counters.count("tlbFlushes");
    this.root = root;
    host.load(vcpu.state, real, flush);
    vcpu.stops.enter(host.cpu.stops, 0);
    this.exit = host.cpu.run(count);
    vcpu.stops.leave(host.cpu.stops);
    host.store(real);
    decompress(real, before, vcpu.state, (selector) => this.window.dplOf(selector));
  }

  private get view(): ShadowView {
    return viewOf(this.compression, this.vcpu.state.cpl);
  }

  /** Deliver what waits, if the guest takes it. */
  private inject(): boolean {
    const { vcpu } = this;
    const { state } = vcpu;
    // A debug trap comes first: the processor delivers it when it runs.
    if (state.u32(STATE.SHADOW) || state.u32(STATE.PENDING_DEBUG)) return false;
    if (vcpu.nmiPending && !state.u32(STATE.NMI_BLOCKED)) {
      vcpu.nmiPending = false;
      this.wake();
      state.set(STATE.NMI_BLOCKED, 1);
      this.deliver({ vector: 2, software: false, flags: state.flags, external: true });
      return true;
    }
    const vector = vcpu.queued;
    if (vector === undefined || !(state.flags & FLAG_I)) return false;
    vcpu.queued = undefined;
    this.wake();
    this.deliver({ vector, software: false, flags: state.flags, external: true });
    return true;
  }

  private wake(): void {
    this.vcpu.state.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
  }

  private deliver(event: VirtualEvent): void {
    const { state, stops } = this.vcpu;
    const kind = event.software ? "software interrupt" : !event.external ? "exception" : event.vector === 2 ? "nmi" : "interrupt";
    this.recorder.injected({ kind, vector: event.vector, ...(event.code === undefined ? {} : { error: event.code }) });
    // The traps of the instruction before are lost with the old TF.
    state.set(STATE.PENDING_DEBUG, 0);
    const delivered = deliver(this.guest, event);
    if (!delivered) state.set(STATE.ACTIVITY, STATE.ACTIVITY_SHUTDOWN);
    else if (delivered.external) stops.interrupted(delivered.vector);
    else if (delivered.software) stops.softwareInterrupt(delivered.vector);
    else this.count(delivered);
    state.set(STATE.SHADOW, 0);
  }

  /** For observers, as the processor itself does. */
  private count({ vector, code = 0 }: VirtualEvent): void {
    const { state } = this.vcpu;
    state.set(STATE.EXCEPTIONS, state.u32(STATE.EXCEPTIONS) + 1);
    state.set64(STATE.LAST_EXCEPTION, BigInt(vector) | (BigInt(code) << 32n));
    this.vcpu.stops.raised(vector, code);
  }

  private deliverException({ vector, code, address }: GuestException): void {
    this.deliver({
      vector,
      software: false,
      flags: this.vcpu.state.flags | FLAG_RF,
      ...(hasErrorCode(vector) ? { code } : {}),
      ...(address === undefined ? {} : { address }),
    });
  }

  private dispatch(event: ProcessorEvent): VcpuExit | undefined {
    const { recorder } = this;
    switch (event.kind) {
      case "external":
      case "nmi":
        recorder.decided(event.kind === "nmi" ? NMI : INTR, "VMM", "drop the host's interrupt");
        return undefined;
      case "software":
        recorder.decided(SWINT, "VMM", `deliver INT ${event.vector} through the guest's IDT`);
        this.deliver({ vector: event.vector, software: true, flags: this.virtualFlags(event.flags) });
        return undefined;
      case "trap":
        this.reflect(event);
        this.deliver({ vector: event.vector, software: false, flags: this.virtualFlags(event.flags) });
        return undefined;
      default:
        return event.vector === VECTOR_PF ? this.pageFault(event) : this.fault(event);
    }
  }

  private reflect({ vector }: ProcessorEvent): void {
    this.recorder.decided(reasonOfException(vector), "VMM", `deliver ${exceptionName(vector)} through the guest's IDT`);
  }

  /** The image that the guest's handler finds: as the processor would have pushed it, with virtual IF and IOPL. */
  private virtualFlags(image: number): number {
    return (image & FLAG_RF) | (this.vcpu.state.flags & ~FLAG_RF);
  }

  private fault(event: ProcessorEvent): VcpuExit | undefined {
    const decoded = EMULATED.includes(event.vector) ? decode(this.guest, (offset) => this.codeByte(offset)) : undefined;
    if (decoded) return this.emulate(decoded);
    this.reflect(event);
    const { vector, code } = event;
    this.deliver({ vector, software: false, flags: this.virtualFlags(event.flags), ...(hasErrorCode(vector) ? { code } : {}) });
    return undefined;
  }

  /** A byte of the instruction at CS:EIP. */
  private codeByte(offset: number): number | undefined {
    const { state } = this.vcpu;
    const cs = state.segment(STATE.CS);
    const linear = (cs.base + state.rip + offset) >>> 0;
    const walk = this.shadow.walker.walk(this.guest.paging, linear, undefined);
    return walk.present ? this.guest.memory.read8(walk.physical) : undefined;
  }

  private emulate(decoded: Decoded): VcpuExit | undefined {
    const { state } = this.vcpu;
    this.recorder.decided(reasonOfInstruction(decoded), "emulator", `emulate ${decoded.mnemonic}`);
    const stepped = (state.flags & FLAG_T) !== 0;
    let outcome: Outcome;
    try {
      state.flags &= ~FLAG_RF;
      state.set(STATE.SHADOW, 0);
      outcome = emulate(this.guest, decoded, this.host);
    } catch (raised) {
      if (!(raised instanceof GuestException)) throw raised;
      this.deliverException(raised);
      return undefined;
    }
    this.vcpu.counters.count("emulations");
    if (outcome.refresh) this.stale = true;
    if (decoded.mnemonic === "rdmsr" || decoded.mnemonic === "wrmsr")
      this.vcpu.stops.msrAccessed(state.register(1), decoded.mnemonic === "wrmsr");
    if (outcome.complete) {
      const { complete } = outcome;
      this.complete = (value) => this.finish(complete, value, stepped);
    } else if (stepped) this.trap();
    return outcome.exit;
  }

  private finish(complete: (value: number) => void, value: number, stepped: boolean): void {
    try {
      complete(value);
      if (stepped) this.trap();
    } catch (raised) {
      if (!(raised instanceof GuestException)) throw raised;
      this.deliverException(raised);
    }
    this.end();
  }

  /** The single-step trap behind an emulated instruction. */
  private trap(): void {
    const { state } = this.vcpu;
    // SDM 3A "Masking Exceptions and Interrupts When Switching Stacks": behind a load of SS it waits, and the processor sees to it.
    if (state.u32(STATE.SHADOW) & STATE.SHADOW_MOV_SS) {
      state.set(STATE.PENDING_DEBUG, state.u32(STATE.PENDING_DEBUG) | DR6_BS);
      return;
    }
    state.set(DR6, state.u32(DR6) | DR6_BS);
    this.deliver({ vector: VECTOR_DB, software: false, flags: state.flags });
  }

  private pageFault(event: ProcessorEvent): VcpuExit | undefined {
    const verdict = this.judge(event);
    if (!isOpened(verdict)) return this.settle(verdict);
    this.open(verdict);
    return this.step();
  }

  private settle(verdict: Verdict): VcpuExit | undefined {
    if (verdict.kind === "true") this.deliverException(new GuestException(VECTOR_PF, verdict.code, this.real.u32(STATE.CR2)));
    if (verdict.kind === "window") {
      this.window.leave();
      this.stale = true;
    }
    return undefined;
  }

  /** What the page fault at hand is, counted and recorded. */
  private judge(event: ProcessorEvent): Verdict {
    const { recorder } = this;
    const { counters } = this.vcpu;
    const linear = this.real.u32(STATE.CR2);
    const access = this.accessOf(event);
    const guestTables = recorder.recording ? guestSteps(this.guest.memory, this.guest.paging, linear) : [];
    const shadowTables = this.shadowSteps(linear);
    const verdict = this.shadow.fault(this.guest.paging, this.view, linear, access);
    if (verdict.kind !== "true") this.vcpu.tryAgain();
    const { reason, events, action, is } = VERDICTS[verdict.kind];
    recorder.decided(reason, "shadow pager", action);
    for (const event of events) counters.count(event);
    recorder.translated(linear, access.fetch ? "fetch" : access.write ? "write" : "read", [...guestTables, ...shadowTables], is);
    recorder.changed(shadowTables, this.shadowSteps(linear));
    return verdict;
  }

  private shadowSteps(linear: number): readonly TranslationStep[] {
    if (!this.recorder.recording) return [];
    return paeSteps("shadow", (at) => this.host.cpu.view.getBigUint64(RAM_BASE + at, true), this.real.u32(STATE.CR3), linear);
  }

  tableSteps(linear: number, cpl: number): readonly TranslationStep[] {
    const root = this.shadow.knownRoot(this.guest.paging, viewOf(this.compression, cpl));
    return root === undefined ? [] : paeSteps("shadow", (at) => this.host.cpu.view.getBigUint64(RAM_BASE + at, true), root, linear);
  }

  isWatched(hostPage: number): boolean {
    return this.guest.memory.traces.isTraced(hostPage);
  }

  private accessOf({ code }: ProcessorEvent): GuestAccess {
    const { state } = this.vcpu;
    return {
      write: (code & ERROR_W) !== 0,
      user: state.cpl === 3,
      fetch: (code & ERROR_FETCH) !== 0,
      exempt: (state.flags & FLAG_AC) !== 0,
    };
  }

  /** Let the instruction at hand reach a watched page or a device. */
  private open(verdict: Opened): void {
    const linear = this.real.u32(STATE.CR2);
    const { paging } = this.guest;
    if (verdict.kind === "trace") this.shadow.openTrace(paging, this.view, linear);
    else {
      const page = this.devices.pageFor(verdict.physical);
      if (page === undefined) throw new Unsupported("an instruction accesses more pages of devices than any has");
      this.shadow.openDevice(paging, this.view, linear, page);
    }
  }

  /** Execute one instruction with what was opened for it, opening what else it needs. */
  private step(): VcpuExit | undefined {
    this.stepping = false;
    const { saved } = this;
    saved.set(this.vcpu.state.bytes);
    for (let n = 0; n < MOST_FAULTS; n++) {
      this.devices.begin();
      this.execute(1);
      const wanted = this.devices.end();
      if (wanted) {
        this.vcpu.state.bytes.set(saved);
        this.vcpu.tryAgain();
        this.stepping = true;
        // Until it goes on, other processors may run, and their devices write memory.
        this.shadow.closeTraces();
        this.shadow.closeDevices();
        this.complete = (value) => this.devices.answer(value);
        return wanted;
      }
      if (this.exit !== "event") return this.closeStep();
      const event = this.host.cpu.event;
      this.begin(event);
      const verdict = event.kind === "fault" && event.vector === VECTOR_PF ? this.judge(event) : undefined;
      if (verdict?.kind === "hidden") continue;
      if (verdict && isOpened(verdict)) {
        this.open(verdict);
        continue;
      }
      const store = this.closeStep();
      const exit = verdict ? this.settle(verdict) : this.dispatch(event);
      if (!store) return exit;
      if (exit) this.devices.postpone(exit);
      return store;
    }
    this.closeStep();
    throw new Unsupported("an instruction needs more pages than any has");
  }

  private closeStep(): VcpuExit | undefined {
    this.shadow.closeTraces();
    this.shadow.closeDevices();
    return this.devices.close();
  }

  /** The processor has left the guest. */
  private begin(event: ProcessorEvent): void {
    const { counters } = this.vcpu;
    this.recorder.begin(this.real, () => causeOf(event, this.real.u32(STATE.CR2)), (this.vcpu.state.rip - event.length) >>> 0);
    if (event.kind === "software") counters.count("transitions");
    else if (event.kind === "trap" || event.kind === "fault") counters.count(event.vector === VECTOR_PF ? "pageFaults" : "exceptions");
  }

  private end(): void {
    this.recorder.end(() => (this.shadow.flushNeeded || SPACE.some((at) => this.recorder.hasChanged(at)) ? "all dropped" : "kept"));
  }
}
