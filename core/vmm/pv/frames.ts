// What the frames of a paravirtual guest are used for. The guest's page tables are those that the processor walks, so the VMM looks at every
// entry before it stands in one, and keeps this: a frame is a page table, a page directory, or mapped writable somewhere, or none of these;
// never two at a time. Each use is counted, and ends when its last reference goes. So no guest can ever write to a table that is in use.
//
// Entries are those of 32-bit paging without large pages (SDM 3A "32-Bit Paging"), and hold host-physical addresses.
// Not here: PAE, large and global pages.

import { ERROR_BITS, ERROR_OWNER, ERROR_RANGE, ERROR_STATE, ERROR_USE, type PvError, VMM_FIRST_SLOT } from "./abi.js";

/** 32-bit words of host memory by host-physical address, a multiple of 4. */
export interface FrameMemory {
  read(address: number): number;
  write(address: number, value: number): void;
}

export interface FramesOptions {
  readonly memory: FrameMemory;
  /** The guest's own frames: [base, base + count), by number. */
  readonly base: number;
  readonly count: number;
  /** Number of the shared-information page: the VMM's, which the guest may map but not use as a table. */
  readonly sharedInfo: number;
  /** Entries of every directory from VMM_FIRST_SLOT on: the VMM's own. */
  readonly vmmEntries: readonly number[];
}

export const PRESENT = 1;
export const WRITABLE = 2;
const LARGE = 0x80;
const GLOBAL = 0x100;
/** Entries of a table. */
const ENTRIES = 1024;

export type FrameUse = "table" | "directory" | "writable";
/** By number; 0 is none. */
const USES = [undefined, "table", "directory", "writable"] as const;

export class Frames {
  /** Of each of the guest's frames: number of its use, and how often it is used so. */
  private readonly uses: Uint8Array;
  private readonly counts: Uint32Array;
  private readonly pins = new Map<number, "table" | "directory">();
  private baseFrame: number | undefined;
  private stale = false;
  private visited = 0;

  constructor(private readonly options: FramesOptions) {
    this.uses = new Uint8Array(options.count);
    this.counts = new Uint32Array(options.count);
  }

  /** What a frame is used for, if it is. */
  useOf(frame: number): FrameUse | undefined {
    return USES[this.uses[frame - this.options.base] ?? 0];
  }

  /** Number of the page directory that the processor uses. */
  get base(): number | undefined {
    return this.baseFrame;
  }

  /** What pin() keeps. */
  get pinned(): readonly (readonly [frame: number, use: "table" | "directory"])[] {
    return [...this.pins];
  }

  /** True once after something was taken away that a TLB may still hold: it must be flushed before the guest goes on. */
  takeStale(): boolean {
    const { stale } = this;
    this.stale = false;
    return stale;
  }

  /** Entries looked at since the last call: what calls cost the VMM. */
  takeWork(): number {
    const { visited } = this;
    this.visited = 0;
    return visited;
  }

  /** Write an entry of a table or directory in use, at a host-physical address. The new entry is judged while the old one still stands. */
  update(address: number, value: number): PvError | undefined {
    if (address & 3) return ERROR_RANGE;
    const frame = address >>> 12;
    const use = this.useOf(frame);
    if (!this.owns(frame)) return ERROR_OWNER;
    if (use !== "table" && use !== "directory") return ERROR_USE;
    if (use === "directory" && (address & 0xfff) >>> 2 >= VMM_FIRST_SLOT) return ERROR_RANGE;
    const refused = this.acquireEntry(use, value);
    if (refused !== undefined) return refused;
    const old = this.options.memory.read(address);
    this.options.memory.write(address, value >>> 0);
    this.releaseEntry(use, old);
    return undefined;
  }

  /** Make a frame a table or directory, checked and out of the guest's reach, until unpin(). */
  pin(frame: number, use: "table" | "directory"): PvError | undefined {
    if (this.pins.has(frame)) return ERROR_STATE;
    const refused = this.acquire(frame, use);
    if (refused === undefined) this.pins.set(frame, use);
    return refused;
  }

  unpin(frame: number): PvError | undefined {
    if (!this.pins.delete(frame)) return ERROR_STATE;
    this.release(frame);
    return undefined;
  }

  /** Make a directory the one that the processor uses. The caller loads CR3. */
  setBase(frame: number): PvError | undefined {
    const refused = this.acquire(frame, "directory");
    if (refused !== undefined) return refused;
    const old = this.baseFrame;
    this.baseFrame = frame;
    if (old !== undefined) this.release(old);
    return undefined;
  }

  private owns(frame: number): boolean {
    return frame >= this.options.base && frame < this.options.base + this.options.count;
  }

  /** One more reference for a use; the first one of a table or directory looks at all of it. Refused, nothing has changed. */
  private acquire(frame: number, use: FrameUse): PvError | undefined {
    // The shared-information page may be mapped in any way, and has no uses to contradict.
    if (frame === this.options.sharedInfo) return use === "writable" ? undefined : ERROR_USE;
    if (!this.owns(frame)) return ERROR_OWNER;
    const n = frame - this.options.base;
    const wanted = USES.indexOf(use);
    if (this.counts[n] !== 0) {
      if (this.uses[n] !== wanted) return ERROR_USE;
      this.counts[n]!++;
      return undefined;
    }
    // It has the use before its contents are looked at: they may refer to itself.
    this.setUse(n, wanted, 1);
    if (use === "writable") return undefined;
    const refused = this.acquireContents(frame, use);
    if (refused !== undefined) this.setUse(n, 0, 0);
    // A TLB may hold it writable from before.
    else this.stale = true;
    return refused;
  }

  private setUse(n: number, use: number, count: number): void {
    this.uses[n] = use;
    this.counts[n] = count;
  }

  private acquireContents(frame: number, use: "table" | "directory"): PvError | undefined {
    const { memory, vmmEntries } = this.options;
    const end = use === "directory" ? VMM_FIRST_SLOT : ENTRIES;
    this.visited += ENTRIES;
    for (let i = 0; i < end; i++) {
      const refused = this.acquireEntry(use, memory.read(frame * 4096 + i * 4));
      if (refused === undefined) continue;
      this.releaseContents(frame, use, i);
      return refused;
    }
    for (let i = end; i < ENTRIES; i++) memory.write(frame * 4096 + i * 4, vmmEntries[i - end] ?? 0);
    return undefined;
  }

  private acquireEntry(holder: "table" | "directory", entry: number): PvError | undefined {
    if (!(entry & PRESENT)) return undefined;
    if (entry & (GLOBAL | LARGE)) return ERROR_BITS;
    const frame = entry >>> 12;
    if (holder === "directory") return this.acquire(frame, "table");
    if (entry & WRITABLE) return this.acquire(frame, "writable");
    return this.owns(frame) || frame === this.options.sharedInfo ? undefined : ERROR_OWNER;
  }

  private release(frame: number): void {
    if (frame === this.options.sharedInfo) return;
    const n = frame - this.options.base;
    const use = this.useOf(frame)!;
    this.counts[n]!--;
    if (this.counts[n] !== 0) return;
    this.setUse(n, 0, 0);
    if (use === "writable") return;
    this.releaseContents(frame, use, use === "directory" ? VMM_FIRST_SLOT : ENTRIES);
  }

  private releaseContents(frame: number, use: "table" | "directory", end: number): void {
    this.visited += end;
    for (let i = 0; i < end; i++) this.releaseEntry(use, this.options.memory.read(frame * 4096 + i * 4));
  }

  private releaseEntry(holder: "table" | "directory", entry: number): void {
    if (!(entry & PRESENT)) return;
    this.stale = true;
    if (holder === "directory") this.release(entry >>> 12);
    else if (entry & WRITABLE) this.release(entry >>> 12);
  }
}
