// A virtual processor as its owner sees it: after KVM's vCPU file descriptor.

import { FEATURES, INSTRUCTIONS, NMI_PENDING, PENDING_DEBUG, SHADOW, STATE_BASE } from "../../wasm/abi/state.js";
import type { AccessSize } from "../bus/device.js";
import type { HypervisorMsrs } from "../cpu/cpu.js";
import { VcpuStops } from "./debug/vcpu-stops.js";
import { Counters } from "./events/counters.js";
import type { TranslationStep } from "./events/record.js";
import { EventStream } from "./events/stream.js";
import type { VcpuExit } from "./exit.js";
import type { Paravirtual } from "./pv/paravirtual.js";
import { VcpuState } from "./state.js";

/** Devices whose registers the VMM accesses itself (KVM's in-kernel devices): these accesses are no exits of run(). */
export interface MmioBus {
  read(physical: number, size: AccessSize): number;
  write(physical: number, value: number, size: AccessSize): void;
}

/** How the guest is run. docs/how-to-add-a-road.md */
export interface Road {
  /** At most `count` instructions. */
  run(count: number): VcpuExit;
  /** The answer to an exit for input. */
  completeInput(value: number): void;
  /** Device or loader wrote guest-physical memory. */
  memoryWritten(physical: number, length: number): void;
  /** The state was changed from outside. */
  stateChanged(): void;
  /** Guest-physical address of a linear one, whatever its rights; without any effect on the guest. */
  translate(linear: number): number | undefined;
  /** The processor's state when it last left the guest, where that is not the guest's own. */
  readonly real?: VcpuState;
  /**
   * Entries of the VMM's own tables, shadow or nested, that the processor would walk for a linear address at virtual privilege `cpl`. Without
   * any effect: what is not there yet is not made.
   */
  tableSteps?(linear: number, cpl: number): readonly TranslationStep[];
  /** Whether stores to a host page are stepped, because a table of the guest's lies there. */
  isWatched?(hostPage: number): boolean;
}

/** Attempts at one instruction that do not count as the guest's; more do, so that every run ends. */
const MOST_ATTEMPTS = 64;

export class Vcpu {
  /** KVM_GET/SET_REGS, SREGS, FPU, MSRS: the guest's own view. Between runs it may be changed; then call stateChanged(). */
  readonly state = new VcpuState();
  /** Interrupt vector to deliver when the guest takes it, or undefined. */
  queued: number | undefined;
  windowRequested = false;
  stopRequested = false;
  /** An x87 error was signalled (FERR#), and its exit is yet to come. */
  floatingPointError = false;
  /** Exact counts of this processor's exits and events, on every road. */
  readonly counters = new Counters();
  /** Brings the counters up to date in the middle of a run, as a device may want them. Set by the run. */
  settleCounters: (() => void) | undefined;
  /** Its exits as records, for who subscribes. */
  readonly events: EventStream;
  /**
   * For `bt`, whose translated code counts its own instructions: have the guest's own counted, and so a life that repeats from any snapshot, at
   * the cost of one world switch for each instruction of its kernel. Other roads always count so.
   */
  countsExactly = false;
  /** KVM_SET_GUEST_DEBUG. */
  readonly stops = new VcpuStops(this.state, () => this.stopProcessor());
  mmio: MmioBus | undefined;
  /** Likewise for string instructions on ports, where a road lets the processor execute them. */
  ports: MmioBus | undefined;
  /** Of the current run: what the processor has counted as an instruction and the guest has not executed, less what only the guest has. */
  unseen = 0;
  private attempts = 0;
  private attemptedAt = -1;
  /** Time-stamp counter before the guest's own offset, a whole number below 2^53; the host's if it has none. */
  timeStamp: (() => number) | undefined;
  /** Who answers the registers that come with the feature KVM. */
  hypervisor: HypervisorMsrs | undefined;
  /** On the road `pv`, and only there. */
  paravirtual: Paravirtual | undefined;
  private readonly road: Road;

  /** `vm`: its name. `powerOn`: the record that reset() gives. `stopProcessor`: let the real processor stop after its instruction. */
  constructor(
    vm: string,
    /** Within its VM, from 0. */
    readonly number: number,
    private readonly powerOn: Uint8Array,
    private readonly stopProcessor: () => void,
    createRoad: (vcpu: Vcpu) => Road,
  ) {
    this.events = new EventStream(vm, this.counters);
    this.state.bytes.set(powerOn, STATE_BASE);
    this.road = createRoad(this);
  }

  /** KVM_RUN: at most `count` instructions (exactly so many if nothing else ends the run, but for a last one that had to be tried again), 1 to 2^25. */
  run(count: number): VcpuExit {
    return this.road.run(count);
  }

  /** After an exit for input (port or memory): what was read. The instruction ends with the next run. */
  completeInput(value: number): void {
    this.road.completeInput(value);
  }

  /** Whether the guest would take an interrupt now. */
  get interruptible(): boolean {
    const { state } = this;
    return this.queued === undefined && (state.flags & 0x200) !== 0 && state.u32(SHADOW) === 0 && state.u32(PENDING_DEBUG) === 0;
  }

  /** KVM_INTERRUPT: deliver an interrupt with the next run. Only while `interruptible`. */
  queueInterrupt(vector: number): void {
    this.queued = vector;
  }

  /** Exit with "interrupt-window" as soon as `interruptible`. */
  requestInterruptWindow(wanted: boolean): void {
    this.windowRequested = wanted;
  }

  get nmiPending(): boolean {
    return this.state.u32(NMI_PENDING) !== 0;
  }

  set nmiPending(pending: boolean) {
    this.state.set(NMI_PENDING, pending ? 1 : 0);
  }

  /** KVM_NMI. */
  nonMaskableInterrupt(): void {
    this.nmiPending = true;
  }

  /** Make run() return with "intr" after the current exit. */
  stop(): void {
    this.stopRequested = true;
  }

  /** For the road: an attempt at an instruction, which the processor has counted, came to nothing that the guest could see. It comes again. */
  tryAgain(): void {
    const { instructionCount: instructions } = this.state;
    this.attempts = instructions === this.attemptedAt ? this.attempts + 1 : 0;
    this.attemptedAt = instructions;
    if (this.attempts < MOST_ATTEMPTS) this.unseen++;
    this.stops.comesAgain();
  }

  /** For the road: the VMM did an instruction that the processor has not seen. */
  executed(): void {
    this.unseen--;
  }

  /** FEATURE_* switches, of which a virtual processor can have KVM. */
  set features(features: number) {
    this.state.set(FEATURES, features);
  }

  /** Power-on state. */
  reset(): void {
    const kept = [INSTRUCTIONS, FEATURES].map((field) => [field, this.state.u64(field)] as const);
    this.state.bytes.set(this.powerOn, STATE_BASE);
    for (const [field, value] of kept) this.state.set64(field, value);
    this.queued = undefined;
    this.floatingPointError = false;
    this.nmiPending = false;
    this.road.stateChanged();
  }

  /** KVM_TRANSLATE. */
  translate(linear: number): number | undefined {
    return this.road.translate(linear);
  }

  /** What the processor had while the guest believed `state`; undefined on roads where it is the same. */
  get real(): VcpuState | undefined {
    return this.road.real;
  }

  /** See Road. */
  tableSteps(linear: number, cpl = this.state.cpl): readonly TranslationStep[] {
    return this.road.tableSteps?.(linear, cpl) ?? [];
  }

  /** See Road. */
  isWatched(hostPage: number): boolean {
    return this.road.isWatched?.(hostPage) ?? false;
  }

  stateChanged(): void {
    this.road.stateChanged();
  }

  memoryWritten(physical: number, length: number): void {
    this.road.memoryWritten(physical, length);
  }
}
