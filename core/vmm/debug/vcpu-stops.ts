// What runs of a virtual processor stop for, on any road: after KVM_SET_GUEST_DEBUG. The run ends with the exit "debug", and take() tells why.
//
// The guest runs at its own linear addresses on every road that runs it in place, so the real processor's stops (wasm/abi/stop.ts) find its
// breakpoints and watched ranges; they are put in when the vCPU gets the processor. What the VMM does in the guest's name is told here by the road:
// accesses, deliveries, MSRs, instructions that never get to the processor. The mode is the virtual one, compared between two turns. Cost: one
// comparison each time the guest is run, and what the processor's own stops cost in pages that have some.
//
// Not here: accesses that the processor makes to shadow tables in the place of the guest's own (loads of segment registers on `trap`).
import * as STATE from "../../../wasm/abi/state.js";
import * as STOP from "../../../wasm/abi/stop.js";
import { type Hit, MOST_ADDRESSES, MOST_RANGES, modeOf, type ProcessorStops, type Stops, type WatchedRange } from "../../cpu/stops.js";
import type { ExitReason } from "../events/exit-reasons.js";
import { FLAG_RF, type VcpuState } from "../state.js";

/** CPL and EFLAGS.VM in a mode. */
const PRIVILEGE = 0b1110;

/** Who has put in what the real processor stops for. */
const OWNERS = new WeakMap<Stops, VcpuStops>();

export class VcpuStops implements ProcessorStops {
  private addresses: readonly number[] = [];
  private ranges: readonly WatchedRange[] = [];
  private events = 0;
  /** Reasons of exits to stop behind; "all" for any. */
  exits: ReadonlySet<ExitReason> | "all" = new Set();
  private hit: Hit | undefined;
  private mode = 0;
  private changed = false;
  private passed: { readonly linear: number; readonly instructions: bigint } | undefined;
  private interruptedAt: bigint | undefined;

  /** `stop` ends the run that is under way. */
  constructor(
    private readonly state: VcpuState,
    private readonly stop: () => void,
  ) {}

  set(addresses: readonly number[], ranges: readonly WatchedRange[], events: number): void {
    if (new Set(addresses).size > MOST_ADDRESSES || ranges.length > MOST_RANGES) throw new RangeError("too many breakpoints");
    this.addresses = addresses;
    this.ranges = ranges;
    this.events = events;
    this.mode = modeOf(this.state.view);
    this.changed = true;
  }

  /** Nothing is stopped for, and nothing is to be told. */
  get isIdle(): boolean {
    return this.isEmpty && this.exits !== "all" && this.exits.size === 0 && !this.hit;
  }

  private get isEmpty(): boolean {
    return !this.hasPlaces && this.events === 0;
  }

  /** Some stop is at an address, which the guest must run in its own place to come to. */
  get hasPlaces(): boolean {
    return this.addresses.length > 0 || this.ranges.length > 0;
  }

  /** The guest is about to be run. `seen`: the events (STOP.STOP_ON_*) that the real processor finds by itself on this road. */
  enter(real: Stops, seen: number): void {
    const owner = OWNERS.get(real);
    if (owner === this ? this.changed : owner !== undefined || !this.isEmpty) {
      real.set(this.addresses, this.ranges, this.events & seen);
      if (this.isEmpty) OWNERS.delete(real);
      else OWNERS.set(real, this);
      this.changed = false;
    }
    if (this.isEmpty) return;
    if (this.passed?.instructions === this.instructions) real.pass(this.passed.linear);
  }

  /**
   * The guest is in the processor, which finds changes of mode by itself on this road. True: let it not execute anything, because its entry has
   * already done what is to be told.
   */
  entered(real: Stops): boolean {
    if (!(this.events & STOP.STOP_ON_MODE)) return real.isHit;
    real.seeMode();
    return real.isHit || ((real.mode ^ modeOf(this.state.view)) & PRIVILEGE) !== 0;
  }

  /** The guest was run, and `state` is its own again. */
  leave(real: Stops): void {
    const hit = real.take();
    // What paging the processor has need not be the guest's: isHit compares.
    if (hit && hit.kind !== STOP.HIT_MODE) this.hit ??= hit;
  }

  private get instructions(): bigint {
    return this.state.u64(STATE.INSTRUCTIONS);
  }

  /** Something is to be told; or the mode is another than it was. */
  get isHit(): boolean {
    if (this.hit) return true;
    if (!(this.events & STOP.STOP_ON_MODE)) return false;
    const mode = modeOf(this.state.view);
    if (mode === this.mode) return false;
    this.mode = mode;
    this.hit = { kind: STOP.HIT_MODE, first: mode, second: 0 };
    return true;
  }

  take(): Hit | undefined {
    const hit = this.isHit ? this.hit : undefined;
    this.hit = undefined;
    return hit;
  }

  pass(linear: number): void {
    this.passed = { linear, instructions: this.instructions };
  }

  get isJustInterrupted(): boolean {
    return this.interruptedAt === this.instructions;
  }

  forget(): void {
    this.hit = undefined;
    this.passed = undefined;
    this.interruptedAt = undefined;
    this.mode = modeOf(this.state.view);
  }

  report(kind: number, first: number, second: number): void {
    this.stop();
    this.hit ??= { kind, first, second };
  }

  /** The VMM is about to do the instruction at a linear address in the processor's place. True: it is one to stop before. */
  reaches(linear: number): boolean {
    const { passed, state } = this;
    if (
      !this.addresses.includes(linear) ||
      state.flags & FLAG_RF ||
      (passed?.linear === linear && passed.instructions === this.instructions)
    )
      return false;
    this.report(STOP.HIT_EXECUTE, linear, 0);
    return true;
  }

  private event(bit: number, kind: number, first: number, second: number): void {
    if (this.events & bit) this.report(kind, first, second);
  }

  /** An external interrupt, or NMI, was delivered. */
  interrupted(vector: number): void {
    this.interruptedAt = this.instructions;
    this.event(STOP.STOP_ON_INTERRUPT, STOP.HIT_INTERRUPT, vector, 0);
  }

  raised(vector: number, code: number): void {
    this.event(STOP.STOP_ON_EXCEPTION, STOP.HIT_EXCEPTION, vector, code);
  }

  /** The guest was left. The run stops when that is dealt with. */
  exited(reason: ExitReason): void {
    if (this.exits === "all" || this.exits.has(reason)) this.report(STOP.HIT_EXIT, reason, 0);
  }

  softwareInterrupt(vector: number): void {
    this.event(STOP.STOP_ON_SOFTWARE, STOP.HIT_SOFTWARE, vector, 0);
  }

  msrAccessed(index: number, write: boolean): void {
    this.event(STOP.STOP_ON_MSR, STOP.HIT_MSR, index, write ? STOP.STOP_WRITE : STOP.STOP_READ);
  }

  /** The VMM has accessed [linear, linear + size) in the guest's name. */
  accessed(linear: number, size: number, write: boolean): void {
    for (const range of this.ranges) {
      if (!(write ? range.write : range.read) || linear > range.end || linear + size <= range.start) continue;
      this.report(STOP.HIT_DATA, Math.max(linear, range.start), write ? STOP.STOP_WRITE : STOP.STOP_READ);
    }
  }

  /** The instruction at hand was not executed to its end, and comes again: so do its accesses. */
  comesAgain(): void {
    if (this.hit?.kind === STOP.HIT_DATA) this.hit = undefined;
  }
}
