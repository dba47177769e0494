// The crossings that are remembered: found again while segments, tables and control registers are what they were, and learnt from the two world
// switches around the emulator's work: missed by find(), then completed by learn(), behind the load.
import * as STATE from "../../../wasm/abi/state.js";
import type { Host } from "../host.js";
import type { VcpuState } from "../state.js";
import { BIG, CODE, CONFORMING as EXPAND_DOWN } from "../trap/descriptor.js";
import type { Guest } from "../trap/guest.js";
import type { InPlace } from "../trap/in-place.js";
import type { Window, WindowChanges } from "../trap/window.js";
import {
  type Arrival,
  type Before,
  CHANGED_AT,
  CHANGED_END,
  Changes,
  type Crossing,
  type CrossingKind,
  DEPENDS,
  isInward,
  SEGMENTS_END,
  sameWords,
} from "./crossing.js";
import type { TranslatedWorld } from "./translated-world.js";

/** Crossings of one kind that are remembered: of processes that differ in their GS, say. */
const MOST = 32;
const KINDS: readonly CrossingKind[] = ["gate", "sysenter", "iret", "sysexit"];
const SEGMENTS = [STATE.ES, STATE.CS, STATE.SS, STATE.DS, STATE.FS];

export class KnownCrossings {
  private readonly known: Record<CrossingKind, Crossing[]> = { gate: [], sysenter: [], iret: [], sysexit: [] };
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

  /** The guest is in the processor by this one now. */
  made(crossing: Crossing): void {
    this.last = crossing;
  }

  /** `first`, `second`: words of the gate, or CS and SS to return to; `stack`: SS0. What is missed here can be learnt. */
  find(kind: CrossingKind, first: number, second: number, stack: number): Crossing | undefined {
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

  /**
   * The guest was loaded into the processor. If it came to `arrival` by a crossing that was missed, and by nothing else, that is known from now on.
   */
  learn(arrival: Arrival): void {
    const { missed } = this;
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
}

/** All of the address space, the stack pointer being ESP. */
export function isFlat(state: VcpuState, n: number): boolean {
  const at = STATE.SEGS + n * STATE.SEG_STRIDE;
  const access = state.u32(at + STATE.SEG_ACCESS);
  const growsDown = (access & (CODE | EXPAND_DOWN)) === EXPAND_DOWN;
  return state.u32(at + STATE.SEG_BASE) === 0 && state.u32(at + STATE.SEG_LIMIT) === 0xffffffff && (access & BIG) !== 0 && !growsDown;
}
