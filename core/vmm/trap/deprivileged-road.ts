// What the roads share on which the guest runs deprivileged, with shadow page tables: exits are dealt with on virtual state, as ring 0 would
// have done. A road adds how the guest's code is run.
//
// These roads begin in protected mode, with or without paging. Refused with a sentence (exit "internal-error"): real and virtual-8086 mode, task
// switches, call gates, rings 1 and 2. Devices of the host itself are not there: what interrupts the processor for them is dropped.
import * as STATE from "../../../wasm/abi/state.js";
import type { Exit } from "../../cpu/cpu.js";
import type { ProcessorEvent } from "../../cpu/event.js";
import { DeviceStep } from "../device-step.js";
import { reasonOfException } from "../events/exit-reasons.js";
import type { TranslationStep } from "../events/record.js";
import type { RoadName } from "../events/road-name.js";
import { exceptionName } from "../events/svm-exit-codes.js";
import type { VcpuExit } from "../exit.js";
import { ExitRecorder } from "../exit-recorder.js";
import { type GuestMemory, PAGE } from "../guest-memory.js";
import type { Host } from "../host.js";
import { refusal, runTurns } from "../run-loop.js";
import type { Verdict } from "../shadow/shadow-client.js";
import { shadowClient } from "../shadow/shadow-client.js";
import { ShadowPaging } from "../shadow/shadow-paging.js";
import { CR0_PE, FLAG_RF, FLAG_T, FLAG_VM, type VcpuState } from "../state.js";
import type { Road, Vcpu } from "../vcpu.js";
import { type Compression, RINGS } from "./compression.js";
import { type Decoded, decode, type Mnemonic } from "./decode.js";
import { hasErrorCode } from "./deliver.js";
import { Delivery } from "./delivery.js";
import { emulate, type Outcome } from "./emulate.js";
import { causeOf, INTR, NMI, reasonOfInstruction, SPACE, SWINT } from "./exits.js";
import { Guest, GuestException, Unsupported, VECTOR_GP, VECTOR_NP, VECTOR_PF, VECTOR_SS, VECTOR_TS } from "./guest.js";
import { InPlace } from "./in-place.js";
import { isOpened, type Opened, PageFaults } from "./page-faults.js";
import { Window, type WindowOptions } from "./window.js";

/** What a road adds to what all have. */
export interface DeprivilegedOptions {
  readonly compression: Compression;
  /** Bits of CR4 that are set while guest code runs in place. */
  readonly cr4?: number;
  readonly window?: WindowOptions;
}

/** Exceptions that a privileged instruction, or a load of a segment register, ends with in the outer ring. */
export const EMULATED: readonly number[] = [VECTOR_TS, VECTOR_NP, VECTOR_SS, VECTOR_GP];
/** Beside what asks for a refresh: instructions after which translations of before are void. */
const TRANSLATING: readonly Mnemonic[] = ["invlpg", "wrmsr"];
const RUN_LIMIT = 1 << 25;
/** Page faults of one instruction before the VMM gives up: more than any has pages. */
const MOST_FAULTS = 64;

export abstract class DeprivilegedRoad implements Road {
  protected readonly guest: Guest;
  protected readonly window: Window;
  protected readonly inPlace: InPlace;
  protected readonly recorder: ExitRecorder;
  protected readonly delivery: Delivery;
  private readonly devices: DeviceStep;
  protected readonly faults: PageFaults;
  private complete: ((value: number) => void) | undefined;
  /** What the end of an instruction with input has come to: the next run says so. */
  private refused: Unsupported | undefined;
  /** The guest's state before the instruction that is stepped. */
  private readonly saved = new Uint8Array(STATE.STATE_END);
  /** An instruction with device accesses is under way: it is executed again from its beginning. */
  private stepping = false;

  constructor(
    protected readonly host: Host,
    memory: GuestMemory,
    protected readonly vcpu: Vcpu,
    road: RoadName,
    { compression, cr4 = 0, window = {} }: DeprivilegedOptions,
  ) {
    const shadow = new ShadowPaging(host.cpu, host.pages, memory, shadowClient(host, vcpu));
    this.guest = new Guest(vcpu.state, memory, shadow);
    this.window = new Window(host, this.guest, RINGS[compression], window);
    this.inPlace = new InPlace(host, vcpu, this.guest, this.window, compression, cr4);
    this.devices = new DeviceStep(host, memory, () => vcpu.mmio);
    this.recorder = new ExitRecorder(host, memory, vcpu, road);
    this.delivery = new Delivery(vcpu, this.guest, this.recorder);
    this.faults = new PageFaults(host, vcpu, this.guest, this.inPlace, this.devices, this.recorder);
    this.guest.onAccess = (linear, size, write) => vcpu.stops.accessed(linear, size, write);
    shadow.onWatchedStore((page, start, end) => this.watchedStore(page, start, end));
    // The window may have to move when a page table changes, and so may what the descriptor tables are.
    shadow.onTableStore(() => {
      this.window.stale = true;
      this.guest.flushTranslations();
    });
    memory.onChange(() => this.guest.flushTranslations());
  }

  /** Run the guest from its state, and deal with what ends that. `count`: instructions at most. */
  protected abstract runGuest(count: number): VcpuExit | undefined;

  /** Bytes [start, end) of a host page that somebody watches were written. */
  protected watchedStore(hostPage: number, start: number, end: number): void {
    this.window.stored(hostPage, start, end);
  }

  stateChanged(): void {
    this.recorder.end();
    this.window.stale = true;
    // The guest can see where the window lies: that must depend on its state alone.
    this.window.forget();
    this.complete = undefined;
    this.refused = undefined;
    this.stepping = false;
    this.devices.forget();
    this.guest.flushTranslations();
    this.guest.shadow.reset();
  }

  memoryWritten(physical: number, length: number): void {
    for (let at = physical; at < physical + length; at = (Math.floor(at / 4096) + 1) * 4096) {
      const page = this.guest.memory.page(at);
      const start = at % 4096;
      if (page) this.guest.memory.traces.stored(page.address, start, Math.min(4096, start + physical + length - at));
    }
  }

  translate(linear: number): number | undefined {
    const walk = this.guest.shadow.walker.walk(this.guest.paging, linear, undefined);
    return walk.present ? walk.physical : undefined;
  }

  get real(): VcpuState {
    return this.inPlace.real;
  }

  tableSteps(linear: number, cpl: number): readonly TranslationStep[] {
    return this.faults.tableSteps(linear, cpl);
  }

  isWatched(hostPage: number): boolean {
    return this.guest.memory.traces.isTraced(hostPage);
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
    if (this.delivery.inject()) return undefined;
    if (vcpu.windowRequested && vcpu.interruptible) return { kind: "interrupt-window" };
    if (state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_HALTED) return { kind: "hlt" };
    if (left <= 0 || vcpu.stopRequested) return { kind: "intr" };
    // A shadow lasts for one instruction; what waits for its end comes then.
    const exit = this.runGuest(this.waits && this.isShadowed ? 1 : Math.min(left, RUN_LIMIT));
    if (!this.host.floatingPointError) return exit;
    this.host.floatingPointError = false;
    if (exit) this.devices.postpone(exit);
    return { kind: "fpu-error" };
  }

  /** Something waits to be delivered. */
  protected get waits(): boolean {
    const { vcpu } = this;
    return vcpu.queued !== undefined || vcpu.windowRequested || vcpu.nmiPending;
  }

  /** Nothing is delivered before the next instruction. */
  protected get isShadowed(): boolean {
    const { state } = this.vcpu;
    return state.u32(STATE.SHADOW) !== 0 || state.u32(STATE.PENDING_DEBUG) !== 0;
  }

  /** After a run of guest code: `exit` is why it ended. */
  protected handle(exit: Exit, event = this.host.cpu.event): VcpuExit | undefined {
    if (exit !== "event") return undefined;
    this.begin(event);
    return this.ended(this.dispatch(event));
  }

  /** The exit at hand is dealt with, unless it waits for the owner's answer. */
  protected ended(exit: VcpuExit | undefined): VcpuExit | undefined {
    if (exit?.kind === "io" || exit?.kind === "mmio") this.vcpu.counters.count("userExits");
    if (!this.complete) this.end();
    return exit;
  }

  protected dispatch(event: ProcessorEvent): VcpuExit | undefined {
    const { recorder } = this;
    switch (event.kind) {
      case "external":
      case "nmi":
        recorder.decided(event.kind === "nmi" ? NMI : INTR, "VMM", "drop the host's interrupt");
        return undefined;
      case "software":
        recorder.decided(SWINT, "VMM", `deliver INT ${event.vector} through the guest's IDT`);
        this.deliverSoftware(event);
        return undefined;
      case "trap":
        this.reflect(event);
        return undefined;
      default:
        return event.vector === VECTOR_PF ? this.pageFault(event) : this.fault(event);
    }
  }

  private deliverSoftware({ vector, length, flags }: ProcessorEvent): void {
    this.delivery.deliver({ vector, software: true, length, flags: this.virtualFlags(flags) });
  }

  /** The guest's own handler gets the exception. */
  private reflect({ vector, flags, code }: ProcessorEvent): void {
    this.recorder.decided(reasonOfException(vector), "VMM", `deliver ${exceptionName(vector)} through the guest's IDT`);
    this.delivery.deliver({ vector, software: false, flags: this.virtualFlags(flags), ...(hasErrorCode(vector) ? { code } : {}) });
  }

  /** The image that the guest's handler finds: as the processor would have pushed it, with virtual IF and IOPL. */
  private virtualFlags(image: number): number {
    return (image & FLAG_RF) | (this.vcpu.state.flags & ~FLAG_RF);
  }

  protected fault(event: ProcessorEvent): VcpuExit | undefined {
    const decoded = EMULATED.includes(event.vector) ? this.decode() : undefined;
    if (decoded) return this.emulate(decoded);
    this.reflect(event);
    return undefined;
  }

  /** The instruction at CS:EIP, if the emulator knows it. */
  protected decode(moves = false): Decoded | undefined {
    const { memory, state } = this.guest;
    const begin = state.segment(STATE.CS).base + state.rip;
    let page = -1;
    let physical: number | undefined;
    const byteAt = (offset: number) => {
      const linear = (begin + offset) >>> 0;
      if (linear >>> 12 !== page) {
        page = linear >>> 12;
        physical = this.translate(page * PAGE);
      }
      return physical === undefined ? undefined : memory.read8(physical + (linear % PAGE));
    };
    return decode(this.guest, byteAt, moves);
  }

  protected emulate(decoded: Decoded): VcpuExit | undefined {
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
      this.delivery.exception(raised);
      return undefined;
    }
    this.vcpu.counters.count("emulations");
    this.emulated(decoded);
    if (outcome.refresh) this.window.stale = true;
    if (outcome.refresh || TRANSLATING.includes(decoded.mnemonic)) this.guest.flushTranslations();
    this.flush(decoded);
    if (decoded.mnemonic === "rdmsr" || decoded.mnemonic === "wrmsr")
      this.vcpu.stops.msrAccessed(state.register(1), decoded.mnemonic === "wrmsr");
    if (outcome.complete) {
      const { complete } = outcome;
      this.complete = (value) => this.finish(complete, value, stepped);
    } else if (stepped) this.delivery.trap();
    return outcome.exit;
  }

  /** What the guest flushes goes from the processor's TLB. (Other CR0, or EFER, come with other shadow tables.) */
  private flush({ mnemonic, memory, reg }: Decoded): void {
    const { state, shadow } = this.guest;
    if (mnemonic === "invlpg") shadow.invalidate((state.segment(memory!.segment).base + memory!.offset) >>> 0);
    else if (mnemonic === "mov to cr" && (reg === 3 || reg === 4)) shadow.flush();
  }

  /** The emulator has done an instruction. */
  protected emulated(_decoded: Decoded): void {}

  private finish(complete: (value: number) => void, value: number, stepped: boolean): void {
    try {
      complete(value);
      if (stepped) this.delivery.trap();
    } catch (raised) {
      if (!(raised instanceof GuestException)) throw raised;
      this.delivery.exception(raised);
    }
    this.end();
  }

  protected pageFault(event: ProcessorEvent): VcpuExit | undefined {
    const verdict = this.faults.judge(event);
    if (!isOpened(verdict)) return this.settle(verdict);
    return this.step(verdict);
  }

  protected settle(verdict: Verdict): VcpuExit | undefined {
    if (verdict.kind === "true") this.delivery.exception(new GuestException(VECTOR_PF, verdict.code, this.faults.linear));
    if (verdict.kind === "window") this.window.leave();
    return undefined;
  }

  /** Execute one instruction in place, opening what it needs. `opened`: what its last page fault was for. */
  protected step(opened?: Opened): VcpuExit | undefined {
    this.stepping = false;
    if (opened) this.faults.open(opened);
    const { saved } = this;
    saved.set(this.vcpu.state.bytes);
    for (let n = 0; n < MOST_FAULTS; n++) {
      this.devices.begin();
      const exit = this.inPlace.run(1);
      const wanted = this.devices.end();
      if (wanted) {
        this.vcpu.state.bytes.set(saved);
        this.vcpu.tryAgain();
        this.stepping = true;
        // Until it goes on, other processors may run, and their devices write memory.
        this.guest.shadow.closeTraces();
        this.guest.shadow.closeDevices();
        this.complete = (value) => this.devices.answer(value);
        return wanted;
      }
      if (exit !== "event") return this.closeStep();
      const { event } = this.host.cpu;
      this.begin(event);
      const verdict = event.kind === "fault" && event.vector === VECTOR_PF ? this.faults.judge(event) : undefined;
      if (verdict?.kind === "hidden") continue;
      if (verdict && isOpened(verdict)) {
        this.faults.open(verdict);
        continue;
      }
      const store = this.closeStep();
      const then = verdict ? this.settle(verdict) : this.dispatch(event);
      if (!store) return then;
      if (then) this.devices.postpone(then);
      return store;
    }
    this.closeStep();
    throw new Unsupported("an instruction needs more pages than any has");
  }

  private closeStep(): VcpuExit | undefined {
    this.guest.shadow.closeTraces();
    this.guest.shadow.closeDevices();
    return this.devices.close();
  }

  /** The processor has left the guest. */
  protected begin(event: ProcessorEvent): void {
    const { counters } = this.vcpu;
    const { real } = this.inPlace;
    this.recorder.begin(real, () => causeOf(event, this.faults.linear), (this.vcpu.state.rip - event.length) >>> 0);
    if (event.kind === "software") counters.count("transitions");
    else if (event.kind === "trap" || event.kind === "fault") counters.count(event.vector === VECTOR_PF ? "pageFaults" : "exceptions");
  }

  private end(): void {
    const { shadow } = this.guest;
    this.recorder.end(() => (shadow.flushNeeded || SPACE.some((at) => this.recorder.hasChanged(at)) ? "all dropped" : "kept"));
  }
}
