// The guest's course through its rings while it is in the processor: from user code, in place, into its translated kernel and back, for as long
// as nothing needs its state in vcpu.state. Remembered crossings (crossings.ts), hidden page faults, and moves that were made callouts do not.
// Whatever else ends it is the road's, and so is all of it while somebody listens, or something waits to be delivered.
import * as STATE from "../../../wasm/abi/state.js";
import type { Exit } from "../../cpu/cpu.js";
import type { ProcessorEvent } from "../../cpu/event.js";
import { EVENT } from "../events/counters.js";
import { REASON, reasonOfException } from "../events/exit-reasons.js";
import type { ExitRecorder } from "../exit-recorder.js";
import type { Host } from "../host.js";
import type { Verdict } from "../shadow/shadow-client.js";
import { FLAG_RF } from "../state.js";
import { type Decoded, decode, decodedAgain } from "../trap/decode.js";
import { hasErrorCode } from "../trap/deliver.js";
import { EMULATED } from "../trap/deprivileged-road.js";
import { emulateMove, type Moved } from "../trap/emulate-move.js";
import { IRET, SWINT } from "../trap/exits.js";
import { type Guest, GuestException, VECTOR_GP, VECTOR_PF } from "../trap/guest.js";
import type { InPlace } from "../trap/in-place.js";
import type { PageFaults } from "../trap/page-faults.js";
import type { Window } from "../trap/window.js";
import type { Vcpu } from "../vcpu.js";
import type { BinaryTranslator, BtExit } from "./binary-translator.js";
import type { Crossings } from "./crossings.js";
import { guestFlags } from "./recovery.js";
import type { TranslatedWorld } from "./translated-world.js";
import type { GuestInstruction } from "./unit.js";

/**
 * Instructions that translated code gets at least, more than any one of the guest's is made of: a run that ends within one rolls it back, and
 * in a shorter one it would never come to its end.
 */
export const LEAST_RUN = 64;

/** Why the course ended. The guest's state is stored. */
export type CourseEnd =
  /** User code was left, and nothing is counted yet. */
  | { readonly kind: "user"; readonly exit: Exit; readonly event: ProcessorEvent }
  /** So was translated code. */
  | { readonly kind: "kernel"; readonly exit: BtExit }
  /** It is judged, counted and to be dealt with. `translated`: guest EIP, in the kernel. */
  | { readonly kind: "page-fault"; readonly verdict: Verdict; readonly translated: number | undefined }
  /** Nothing is left to do, but the processor must be loaded anew. */
  | { readonly kind: "again" };

/** EIP in the kernel; undefined: in user code, where the processor is. */
type Place = number | undefined;

interface Parts {
  readonly host: Host;
  readonly vcpu: Vcpu;
  readonly guest: Guest;
  readonly window: Window;
  readonly world: TranslatedWorld;
  readonly inPlace: InPlace;
  readonly crossings: Crossings;
  readonly faults: PageFaults;
  readonly recorder: ExitRecorder;
}

/** The road, as far as the course needs it. */
interface CourseRoad {
  /** Something waits to be delivered. */
  waits(): boolean;
  /** The processor has left the guest: counts the event. */
  begin(event: ProcessorEvent): void;
  /** What translates the kernel. */
  translator(): BinaryTranslator;
  /** The same, made ready for the guest's code segment as it is now. */
  prepared(): BinaryTranslator;
  /** A callout, if it was decoded for good. */
  decoded(instruction: GuestInstruction): Decoded | undefined;
}

export class Course {
  /** The processor's count of instructions at which the run is over. */
  private lastCount = 0;
  /** Of the guest, while a move is done. */
  private readonly segments = new Uint8Array(8 * STATE.SEG_STRIDE);
  /** Moves that were made callouts, as they were decoded first. */
  private readonly moves = new WeakMap<GuestInstruction, Decoded>();
  private readonly restorePointers = () => this.road.translator().restoreX87Pointers();

  constructor(
    private readonly parts: Parts,
    private readonly road: CourseRoad,
  ) {}

  /** The guest is in the processor, in its kernel at `eip` or in user code, for at most `count` instructions. */
  run(eip: number | undefined, count: number): CourseEnd {
    this.lastCount = this.parts.host.cpu.instructionCount + count;
    let at: Place = eip;
    for (;;) {
      const next = at === undefined ? this.user() : this.kernel(at);
      if (typeof next === "object") return next;
      at = next;
    }
  }

  /** Instructions that the processor has left. */
  private get left(): number {
    return this.lastCount - this.parts.host.cpu.instructionCount;
  }

  /** Nobody wants to know, or to do anything, between two instructions. Then most may stay in the processor. */
  private get isUndisturbed(): boolean {
    const { vcpu, host } = this.parts;
    if (this.road.waits() || vcpu.stopRequested || vcpu.countsExactly || vcpu.events.listening || !vcpu.stops.isIdle) return false;
    return !host.floatingPointError && this.left >= LEAST_RUN && this.hasItsTables;
  }

  /** The processor has the page tables that it should, and knows what is in them. */
  private get hasItsTables(): boolean {
    const { host, guest, window } = this.parts;
    window.refresh();
    const { shadow } = guest;
    return shadow.root(guest.paging, "both") === host.cpu.view.getUint32(STATE.CR3, true) && !shadow.flushNeeded;
  }

  /** The same, after a flush if it needs no more than that. */
  private isGivenItsTables(): boolean {
    const { host, guest, vcpu, window } = this.parts;
    window.refresh();
    const { shadow } = guest;
    const root = shadow.root(guest.paging, "both");
    if (root !== host.cpu.view.getUint32(STATE.CR3, true)) return false;
    if (!shadow.flushNeeded) return true;
    // Another root may have got the page of this one.
    if (!shadow.rootEntries(root).every((byte, n) => host.cpu.bytes[STATE.PDPTES + n] === byte)) return false;
    shadow.takeFlush();
    host.cpu.synchronize();
    vcpu.counters.count("tlbFlushes");
    return true;
  }

  private user(): Place | CourseEnd {
    const { inPlace, crossings } = this.parts;
    const exit = this.parts.host.cpu.run(this.left);
    const event = this.parts.host.cpu.event;
    if (exit !== "event" || !this.isUndisturbed) {
      inPlace.leave();
      return { kind: "user", exit, event };
    }
    if (!isPageFault(event)) {
      const eip = this.inward(event);
      if (eip !== undefined) return eip;
      inPlace.leave();
      return { kind: "user", exit, event };
    }
    const verdict = this.judge(event, crossings.userFlags);
    if (verdict.kind === "hidden" && this.isGivenItsTables()) return undefined;
    const eip = verdict.kind === "true" ? this.raise(VECTOR_PF, verdict.code, FLAG_RF) : undefined;
    if (eip !== undefined) {
      this.parts.vcpu.state.set(STATE.CR2, this.parts.faults.linear);
      this.parts.world.showFault();
      return eip;
    }
    inPlace.leave();
    return { kind: "page-fault", verdict, translated: undefined };
  }

  /** From user code to its kernel, if that goes without storing the state. Returns EIP there. */
  private inward(event: ProcessorEvent): number | undefined {
    const { crossings } = this.parts;
    const { counters } = this.parts.vcpu;
    const { kind, vector, code, flags } = event;
    if (kind === "software") {
      if (!crossings.throughGate({ vector, software: true, code: undefined, resume: flags & FLAG_RF }, this.left)) return undefined;
      counters.exit(SWINT);
      counters.events[EVENT.transitions]!++;
      counters.events[EVENT.injections]!++;
      return this.inKernel();
    }
    if (kind !== "fault") return undefined;
    if (!EMULATED.includes(vector)) {
      const eip = this.raise(vector, hasErrorCode(vector) ? code : undefined, flags & FLAG_RF);
      if (eip === undefined) return undefined;
      counters.exit(reasonOfException(vector));
      counters.events[EVENT.exceptions]!++;
      return eip;
    }
    if (vector !== VECTOR_GP || !crossings.sysenter(this.left)) return undefined;
    counters.exit(REASON.SYSENTER);
    counters.events[EVENT.exceptions]!++;
    counters.events[EVENT.emulations]!++;
    return this.inKernel();
  }

  /** An exception of user code, for its kernel. */
  private raise(vector: number, code: number | undefined, resume: number): number | undefined {
    if (!this.parts.crossings.throughGate({ vector, software: false, code, resume }, this.left)) return undefined;
    const { state, counters } = this.parts.vcpu;
    counters.events[EVENT.injections]!++;
    state.noteException(vector, code ?? 0);
    return this.inKernel();
  }

  /** Returns EIP. */
  private inKernel(): number {
    const { eip, flags } = this.parts.crossings.arrival;
    const translator = this.road.prepared();
    translator.flags.value = flags;
    translator.flags.pending = false;
    return eip;
  }

  /** `flags`: the guest's. */
  private judge(event: ProcessorEvent, flags: number): Verdict {
    this.parts.vcpu.state.flags = flags;
    this.parts.host.countInstructions();
    this.road.begin(event);
    const verdict = this.parts.faults.judge(event);
    if (verdict.kind === "hidden") this.parts.recorder.end();
    return verdict;
  }

  private kernel(at: number): Place | CourseEnd {
    const { vcpu, world } = this.parts;
    const translator = this.road.translator();
    const { units } = translator.statistics;
    const exit = translator.run(at);
    vcpu.counters.count("translations", translator.statistics.units - units);
    const { event } = world;
    if (exit.kind === "callout" && this.isUndisturbed) {
      if (this.outward(exit.instruction)) return undefined;
      const next = exit.shadow ? undefined : this.moved(exit.instruction);
      if (next !== undefined && this.isGivenItsTables()) return next;
      if (next !== undefined) {
        world.store(next, false, this.restorePointers);
        return { kind: "again" };
      }
    }
    const verdict =
      exit.kind === "event" && event && isPageFault(event) && !exit.shadow && this.isUndisturbed
        ? this.judge(event, guestFlags(world))
        : undefined;
    if (verdict?.kind === "hidden" && this.isGivenItsTables()) return exit.eip;
    world.store(exit.eip, exit.shadow, this.restorePointers);
    return verdict ? { kind: "page-fault", verdict, translated: exit.eip } : { kind: "kernel", exit };
  }

  /** From the kernel back to user code, likewise. */
  private outward(instruction: GuestInstruction): boolean {
    const { vcpu, world, crossings } = this.parts;
    const decoded = this.road.decoded(instruction);
    const isInterruptReturn = decoded?.mnemonic === "iret" && decoded.operandSize === 4;
    if (!isInterruptReturn && decoded?.mnemonic !== "sysexit") return false;
    // What the x87 unit remembers is the kernel's.
    world.leave(this.restorePointers);
    const flags = guestFlags(world);
    if (!(isInterruptReturn ? crossings.iret(flags) : crossings.sysexit(flags))) return false;
    if (isInterruptReturn) vcpu.state.set(STATE.NMI_BLOCKED, 0);
    vcpu.counters.exit(isInterruptReturn ? IRET : REASON.SYSEXIT);
    vcpu.counters.events[EVENT.callouts]!++;
    vcpu.counters.events[EVENT.emulations]!++;
    return true;
  }

  /** A move that was made a callout is done on the general registers alone, if it goes to memory. Returns EIP behind it; undefined: nothing is done. */
  private moved(instruction: GuestInstruction): number | undefined {
    const { vcpu, host, world, guest } = this.parts;
    const { eip } = instruction;
    if (instruction.reason !== "adaptive") return undefined;
    const { state, counters } = vcpu;
    copyRegisters(host.words, state.words);
    this.segments.set(state.segments);
    world.storeSegments();
    state.rip = eip;
    state.flags = guestFlags(world) & ~FLAG_RF;
    let moved: Moved | undefined;
    try {
      const decoded = this.decodedMove(instruction);
      moved = decoded && emulateMove(guest, decoded, undefined);
    } catch (raised) {
      if (!(raised instanceof GuestException)) throw raised;
    }
    // Since then there has been no crossing, as far as crossings.ts knows.
    state.segments.set(this.segments);
    if (!moved) return undefined;
    copyRegisters(state.words, host.words);
    counters.exit(REASON.CALLOUT);
    counters.events[EVENT.callouts]!++;
    counters.events[EVENT.emulations]!++;
    if (moved === "traced") counters.events[EVENT.traces]!++;
    this.road.translator().calledOut(eip, moved !== "memory");
    return state.rip;
  }

  /** As the registers in vcpu.state are now. */
  private decodedMove(instruction: GuestInstruction): Decoded | undefined {
    const { guest } = this.parts;
    const known = this.moves.get(instruction);
    const again = known && decodedAgain(known, guest.state);
    if (again) return again;
    const { bytes } = instruction;
    const decoded = decode(guest, (offset) => bytes[offset], true);
    if (decoded) this.moves.set(instruction, decoded);
    return decoded;
  }
}

function copyRegisters(from: Uint32Array, to: Uint32Array): void {
  for (let i = STATE.REGS >> 2; i < STATE.RIP >> 2; i++) to[i] = from[i]!;
}

const isPageFault = ({ kind, vector }: ProcessorEvent) => kind === "fault" && vector === VECTOR_PF;
