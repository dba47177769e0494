// What is remembered of a crossing between the guest's user code and its translated kernel: see crossings.ts.
import * as STATE from "../../../wasm/abi/state.js";

export type CrossingKind = "gate" | "sysenter" | "iret" | "sysexit";

/** Words of a crossing's state in a record: segments, descriptor tables and CR0; and CPL. */
export const CHANGED_AT = STATE.SEGS >> 2;
export const CHANGED_END = STATE.CR2 >> 2;
const CPL_AT = STATE.CPL >> 2;
/** Segment registers among them. */
export const SEGMENTS_END = (STATE.SEGS + (STATE.GS + 1) * STATE.SEG_STRIDE) >> 2;

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

export function sameWords(a: Uint32Array, b: Uint32Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Of the guest's own state, what a crossing depends on: segments, tables, CR0, CR4, DR7, EFER, CPL, SYSENTER's registers. */
export const DEPENDS = new Words([
  [STATE.SEGS, STATE.CR2],
  [STATE.CR4, STATE.DRS],
  [STATE.DRS + 7 * 8, STATE.PDPTES],
  [STATE.CPL, STATE.MSR_PAT],
]);

/** The words that differ between two records. */
export class Changes {
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
export interface Before {
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

export interface Crossing extends Before {
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

export const isInward = (kind: CrossingKind) => kind === "gate" || kind === "sysenter";

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
