// What runs stop for, on behalf of a debugger: the facade's side of wasm/abi/stop.ts. The guest can not see any of it, and pages without
// breakpoints run as fast as ever.
import * as STATE from "../../wasm/abi/state.js";
import * as STOP from "../../wasm/abi/stop.js";

/** Bytes [start, end] of linear memory; a run stops after an instruction that reads or writes any of them, as asked. */
export interface WatchedRange {
  readonly start: number;
  readonly end: number;
  readonly read: boolean;
  readonly write: boolean;
}

/** What a run has stopped for; numbers as wasm/abi/stop.ts has them. */
export interface Hit {
  /** STOP.HIT_*. */
  readonly kind: number;
  readonly first: number;
  readonly second: number;
}

/** What runs of one processor stop for, be it the emulated one (Stops) or one of a virtual machine (vmm/debug). Said in full at Stops. */
export interface ProcessorStops {
  readonly isJustInterrupted: boolean;
  readonly isHit: boolean;
  set(addresses: readonly number[], ranges: readonly WatchedRange[], events: number): void;
  pass(linear: number): void;
  forget(): void;
  report(kind: number, first: number, second: number): void;
  take(): Hit | undefined;
}

/** The mode in a state record, as STOP_MODE has it. */
export function modeOf(view: DataView): number {
  const paging = view.getUint32(STATE.CR0, true) & 0x80000001;
  const extended = view.getUint32(STATE.CR4, true) & 0x20 ? 16 : 0;
  const virtual = view.getUint32(STATE.RFLAGS, true) & 0x20000 ? 8 : 0;
  return (paging | extended | virtual | (view.getUint32(STATE.CPL, true) << 1)) >>> 0;
}

export const MOST_ADDRESSES = STOP.STOP_EXECUTE_MAX;
export const MOST_RANGES = STOP.STOP_DATA_MAX;

const PAGE_SHIFT = 12;
/** No count of instructions. */
const NEVER = 0xffff_ffff_ffff_ffffn;

export class Stops implements ProcessorStops {
  private readonly executePages: Uint8Array;
  private readonly dataPages: Uint8Array;

  constructor(
    private readonly view: DataView,
    bytes: Uint8Array,
    /** Forget what the processor remembers of pages. */
    private readonly flush: () => void,
  ) {
    this.executePages = bytes.subarray(STOP.STOP_EXECUTE_PAGES, STOP.STOP_EXECUTE_PAGES + STOP.STOP_PAGES_SIZE);
    view.setBigUint64(STOP.STOP_PASS_COUNT, NEVER, true);
    this.dataPages = bytes.subarray(STOP.STOP_DATA_PAGES, STOP.STOP_DATA_PAGES + STOP.STOP_PAGES_SIZE);
  }

  /**
   * Stop before instructions at these linear addresses (at most MOST_ADDRESSES), after accesses to these ranges (at most MOST_RANGES), and
   * after these events (STOP.STOP_ON_*). Replaces what was set before. Throws RangeError if there are too many.
   */
  set(addresses: readonly number[], ranges: readonly WatchedRange[], events: number): void {
    const sorted = [...new Set(addresses.map((address) => address >>> 0))].sort((a, b) => a - b);
    if (sorted.length > MOST_ADDRESSES || ranges.length > MOST_RANGES) throw new RangeError("too many breakpoints");
    const { view } = this;
    this.executePages.fill(0);
    this.dataPages.fill(0);
    for (const [n, address] of sorted.entries()) {
      view.setUint32(STOP.STOP_EXECUTE + n * 4, address, true);
      mark(this.executePages, address >>> PAGE_SHIFT);
    }
    for (const [n, { start, end, read, write }] of ranges.entries()) {
      const at = STOP.STOP_DATA + n * STOP.STOP_DATA_SIZE;
      view.setUint32(at, start, true);
      view.setUint32(at + 4, end, true);
      view.setUint32(at + 8, (read ? STOP.STOP_READ : 0) | (write ? STOP.STOP_WRITE : 0), true);
      for (let page = start >>> PAGE_SHIFT; page <= end >>> PAGE_SHIFT; page++) mark(this.dataPages, page);
    }
    view.setUint32(STOP.STOP_EXECUTE_COUNT, sorted.length, true);
    view.setUint32(STOP.STOP_DATA_COUNT, ranges.length, true);
    view.setUint32(STOP.STOP_EVENTS, events, true);
    this.seeMode();
    this.flush();
  }

  /** The mode is what it is now: the next change is told. To be called after the state was changed from outside. */
  seeMode(): void {
    this.view.setUint32(STOP.STOP_MODE, this.mode, true);
  }

  get mode(): number {
    return modeOf(this.view);
  }

  /** The next instruction, at linear address `linear`, is executed even if it is one to stop before. */
  pass(linear: number): void {
    this.view.setUint32(STOP.STOP_PASS_LINEAR, linear, true);
    this.view.setBigUint64(STOP.STOP_PASS_COUNT, this.view.getBigUint64(STATE.INSTRUCTIONS, true), true);
  }

  /** An interrupt was delivered, and no instruction executed since. */
  get isJustInterrupted(): boolean {
    return this.view.getBigUint64(STOP.LAST_INTERRUPT, true) === this.view.getBigUint64(STATE.INSTRUCTIONS, true) + 1n;
  }

  /** The state was replaced by another: nothing of this life has happened in it. */
  forget(): void {
    this.view.setBigUint64(STOP.LAST_INTERRUPT, 0n, true);
    this.view.setBigUint64(STOP.STOP_PASS_COUNT, NEVER, true);
    this.view.setUint32(STOP.HIT_KIND, 0, true);
    this.seeMode();
  }

  /** A run is to stop after the current instruction, for something that the processor does not see. For use inside host calls. */
  report(kind: number, first: number, second: number): void {
    const { view } = this;
    view.setUint32(STATE.STOP_REQUEST, 1, true);
    if (this.isHit) return;
    view.setUint32(STOP.HIT_KIND, kind, true);
    view.setUint32(STOP.HIT_FIRST, first, true);
    view.setUint32(STOP.HIT_SECOND, second, true);
  }

  /** A run has stopped for something that take() will tell. */
  get isHit(): boolean {
    return this.view.getUint32(STOP.HIT_KIND, true) !== 0;
  }

  /** What the run has stopped for, told once. */
  take(): Hit | undefined {
    if (!this.isHit) return undefined;
    const { view } = this;
    const hit = {
      kind: view.getUint32(STOP.HIT_KIND, true),
      first: view.getUint32(STOP.HIT_FIRST, true),
      second: view.getUint32(STOP.HIT_SECOND, true),
    };
    view.setUint32(STOP.HIT_KIND, 0, true);
    return hit;
  }
}

function mark(bitmap: Uint8Array, page: number): void {
  bitmap[page >>> 3]! |= 1 << (page & 7);
}
