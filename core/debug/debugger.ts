// The stepper: what a debugger's user asks for, as generators that run a slice at a time, so that whoever drives them stays responsive. One at a
// time; each ends with the reason why the target stands again. Going back is in reverse.ts.
import * as STATE from "../../wasm/abi/state.js";
import * as STOP from "../../wasm/abi/stop.js";
import type { Hit } from "../cpu/stops.js";
import { type Breakpoint, EVENTS, isMeant, stopSetOf } from "./breakpoints.js";
import { nextStep } from "./instruction.js";
import type { DebugTarget, DebugVcpu, RunResult } from "./target.js";
import { Timeline, type TimelineOptions } from "./timeline.js";

/** Why the target stands. */
export type Stop =
  | { readonly kind: "step"; readonly vcpu: number }
  | { readonly kind: "hit"; readonly hit: Hit; readonly vcpu: number }
  /** interrupt() was called. */
  | { readonly kind: "interrupted"; readonly vcpu: number }
  /** The guest has ended. */
  | { readonly kind: "ended"; readonly vcpu: number }
  /** Going back has come to where the record begins. */
  | { readonly kind: "beginning"; readonly vcpu: number };

/** Between two slices: nothing happens for so many milliseconds (0: go on at once). */
export interface Pause {
  readonly idle: number;
}

export type Course = Generator<Pause, Stop>;

/** Host milliseconds of a slice. */
export const SLICE = 10;
/** RET n can take so many bytes off the stack. */
const RETURN_SPAN = 0x10004;

export class Debugger {
  /** Of a repeatable target. */
  readonly timeline: Timeline | undefined;
  private breakpoints: Breakpoint[] = [];
  /** What the target stops for now: for the course at hand, more than the user's. */
  private armed: readonly Breakpoint[] = [];
  private interrupted = false;

  constructor(
    readonly target: DebugTarget,
    options: Partial<TimelineOptions> = {},
  ) {
    this.timeline = target.isRepeatable ? new Timeline(target, options) : undefined;
  }

  /** Throws RangeError if there are too many. */
  insert(breakpoint: Breakpoint): void {
    const before = this.breakpoints;
    this.breakpoints = [...before, breakpoint];
    try {
      this.arm();
    } catch (error) {
      this.breakpoints = before;
      throw error;
    }
  }

  get list(): readonly Breakpoint[] {
    return this.breakpoints;
  }

  /** Remove one that is equal. */
  remove(breakpoint: Breakpoint): void {
    const at = this.breakpoints.findIndex((b) => JSON.stringify(b) === JSON.stringify(breakpoint));
    if (at >= 0) this.breakpoints = this.breakpoints.toSpliced(at, 1);
  }

  removeAll(): void {
    this.breakpoints = [];
  }

  /** Let the course at hand end at the next slice. */
  interrupt(): void {
    this.interrupted = true;
  }

  takeInterrupt(): boolean {
    const was = this.interrupted;
    this.interrupted = false;
    return was;
  }

  /** Stop for the user's breakpoints, and these. */
  arm(extra: readonly Breakpoint[] = []): void {
    this.install([...this.breakpoints, ...extra]);
  }

  /** There is something to stop for. */
  get isArmed(): boolean {
    return this.armed.length > 0;
  }

  /** Stop for nothing. */
  disarm(): void {
    this.install([]);
  }

  private install(wanted: readonly Breakpoint[]): void {
    if (wanted.length === this.armed.length && wanted.every((b, n) => b === this.armed[n])) return;
    this.target.setStops(stopSetOf(wanted));
    this.armed = wanted;
  }

  run(count: number, milliseconds: number, vcpu?: number): RunResult {
    return (this.timeline ?? this.target).run(count, milliseconds, vcpu);
  }

  /** What a result means for the user: undefined if the course goes on. */
  judge({ hit, vcpu = 0, ended }: RunResult): Stop | undefined {
    if (ended) return { kind: "ended", vcpu };
    return hit && this.armed.some((b) => isMeant(b, hit)) ? { kind: "hit", hit, vcpu } : undefined;
  }

  /** Change the target: registers, memory. What was recorded of a future that will not come is forgotten. */
  change(apply: () => void): void {
    if (this.timeline) this.timeline.happen(apply);
    else apply();
  }

  /** To the next breakpoint. */
  *resume(extra: readonly Breakpoint[] = []): Course {
    this.arm(extra);
    for (const vcpu of this.target.vcpus) vcpu.passBreakpoint();
    return yield* this.proceed();
  }

  private *proceed(): Course {
    for (;;) {
      const result = this.run(Number.POSITIVE_INFINITY, SLICE);
      const stop = this.judge(result);
      if (stop) return stop;
      if (this.takeInterrupt()) return { kind: "interrupted", vcpu: 0 };
      yield { idle: result.idle ?? 0 };
    }
  }

  /** One instruction; an interrupt that waits is delivered before it, a halt waits for its end. */
  *step(vcpu = 0): Course {
    this.arm();
    const cpu = this.target.vcpus[vcpu]!;
    cpu.passBreakpoint();
    const before = cpu.instructions;
    for (;;) {
      const result = this.run(1, SLICE, vcpu);
      const stop = this.judge(result);
      if (stop) return stop;
      if (cpu.instructions !== before) return { kind: "step", vcpu };
      if (this.takeInterrupt()) return { kind: "interrupted", vcpu };
      yield { idle: result.idle ?? 0 };
    }
  }

  /** Step until EIP is outside of [start, end). */
  *stepRange(start: number, end: number, vcpu = 0): Course {
    for (;;) {
      const stop = yield* this.step(vcpu);
      const eip = Number(this.target.vcpus[vcpu]!.read("eip"));
      if (stop.kind !== "step" || eip < start || eip >= end) return stop;
      if (this.takeInterrupt()) return { kind: "interrupted", vcpu };
      yield { idle: 0 };
    }
  }

  /** One instruction, with all that it calls: CALL, INT, a repeated instruction as a whole. */
  *stepOver(vcpu = 0): Course {
    const cpu = this.target.vcpus[vcpu]!;
    const next = nextStep(cpu);
    if (next.kind !== "over") return yield* this.step(vcpu);
    const sp = Number(cpu.read("esp"));
    const target = (cpu.segment(STATE.CS).base + next.next) >>> 0;
    return yield* this.to(target, () => (Number(cpu.read("esp")) - sp) >>> 0 < RETURN_SPAN);
  }

  /** To the instruction after the call of the function at hand: through its RET, over what it calls. */
  *stepOut(vcpu = 0): Course {
    const cpu = this.target.vcpus[vcpu]!;
    for (;;) {
      const last = nextStep(cpu).kind === "return";
      const stop = yield* this.stepOver(vcpu);
      if (stop.kind !== "step" || last) return stop;
      if (this.takeInterrupt()) return { kind: "interrupted", vcpu };
      yield { idle: 0 };
    }
  }

  /** To an instruction at a linear address. */
  runTo(address: number): Course {
    return this.to(address, () => true);
  }

  /** To an address, if `accepted` there; a stop there counts as a step. */
  private *to(address: number, accepted: () => boolean): Course {
    for (;;) {
      const stop = yield* this.resume([{ kind: "execute", address }]);
      if (stop.kind !== "hit" || stop.hit.kind !== STOP.HIT_EXECUTE || stop.hit.first !== address) return stop;
      if (accepted()) return { kind: "step", vcpu: stop.vcpu };
      if (this.breakpoints.some((b) => isMeant(b, stop.hit))) return stop;
    }
  }

  /** To the next exception, interrupt, I/O or change of mode. */
  toNextEvent(): Course {
    return this.resume(EVENTS);
  }

  /** Of a virtual machine: until its next exit to the hypervisor has been dealt with. */
  toNextExit(): Course {
    return this.resume([{ kind: "exit" }]);
  }

  /** The virtual processors. */
  get vcpus(): readonly DebugVcpu[] {
    return this.target.vcpus;
  }
}
