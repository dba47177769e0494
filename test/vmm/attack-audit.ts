// Where the tables lead that the real processor walks for a guest.

import { DEVICE_PAGES, DEVICE_PAGES_AT } from "../../core/vmm/device-pages.js";
import type { Host } from "../../core/vmm/host.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";

/** Bytes [start, end) of the host's memory. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Whose memory is what. */
export interface Owners {
  /** The guest's own, and what it may only read. */
  readonly own: Range;
  readonly rom: Range;
  /** Of others than the guest and the VMM. */
  readonly others: readonly Range[];
}

/** Pages of the VMM's that supervisors may write, at one place in the address space only. */
export interface Writable extends Range {
  /** Linear address of `start`. */
  readonly linear: number;
}

const PAGE = 4096;
const LARGE = 1 << 21;
const GIGABYTE = 2 ** 30;
const DEVICES: Range = { start: DEVICE_PAGES_AT, end: DEVICE_PAGES_AT + DEVICE_PAGES * PAGE };
const FRAME = 0xfffff000;
const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const PAGE_SIZE = 0x80;

export class TableAudit {
  private readonly words: Uint32Array;
  private readonly size: number;
  private writable: Writable | undefined;

  constructor(
    { cpu }: Host,
    private readonly owners: Owners,
  ) {
    this.words = new Uint32Array(cpu.ram.buffer);
    this.size = cpu.ram.length;
  }

  /**
   * PAE tables at a host-physical address lead to the guest's memory, to what is no memory and stands for its devices, or, if the VMM has a part of
   * the address space (`shared`), to what of it nobody may write and no user may read; `writable` supervisors may write. Returns what is wrong, or
   * undefined.
   */
  check(root: number, shared: boolean, writable?: Writable): string | undefined {
    const { words } = this;
    this.writable = writable;
    for (let i = 0; i < 4; i++) {
      const directory = this.entryAt(root & ~31, i);
      if (!(words[directory]! & PRESENT)) continue;
      for (let n = 0; n < 512; n++) {
        const link = this.entryAt(words[directory]!, n);
        if (!(words[link]! & PRESENT)) continue;
        const linear = i * GIGABYTE + n * LARGE;
        const wrong = words[link]! & PAGE_SIZE ? this.checkLeaf(link, -1, LARGE, shared, linear) : this.checkTable(link, shared, linear);
        if (wrong) return wrong;
      }
    }
    return undefined;
  }

  /** Host-physical address that PAE tables lead a linear one to, whatever the rights; undefined where nothing is mapped. */
  find(root: number, linear: number): number | undefined {
    const { words } = this;
    const directory = words[this.entryAt(root & ~31, linear >>> 30)]!;
    if (!(directory & PRESENT)) return undefined;
    const link = words[this.entryAt(directory, (linear >>> 21) & 511)]!;
    if (!(link & PRESENT)) return undefined;
    if (link & PAGE_SIZE) return ((link & FRAME) >>> 0) + (linear % LARGE);
    const leaf = words[this.entryAt(link, (linear >>> 12) & 511)]!;
    return leaf & PRESENT ? ((leaf & FRAME) >>> 0) + (linear % PAGE) : undefined;
  }

  /** Index of the low half of entry `n` of the table that `entry` leads to. */
  private entryAt(entry: number, n: number): number {
    return (RAM_BASE + ((entry & FRAME) >>> 0)) / 4 + n * 2;
  }

  private checkTable(link: number, shared: boolean, linear: number): string | undefined {
    const rights = this.words[link]!;
    for (let n = 0; n < 512; n++) {
      const at = this.entryAt(rights, n);
      const wrong = this.words[at]! & PRESENT ? this.checkLeaf(at, rights, PAGE, shared, linear + n * PAGE) : undefined;
      if (wrong) return wrong;
    }
    return undefined;
  }

  private checkLeaf(at: number, above: number, size: number, shared: boolean, linear: number): string | undefined {
    const low = this.words[at]!;
    const rights = low & above & (WRITABLE | USER);
    const frame = (low & FRAME) >>> 0;
    const { own, rom, others } = this.owners;
    const within = ({ start, end }: Range) => frame >= start && frame + size <= end;
    if (this.words[at + 1]! & 0x7fffffff) return `a mapping above 4 GiB, of ${frame.toString(16)}`;
    if (within(own) || within(DEVICES)) return undefined;
    if (within(rom)) return rights & WRITABLE ? "read-only memory is mapped writable" : undefined;
    const { writable } = this;
    const mayWrite = writable && size === PAGE && within(writable) && linear - writable.linear === frame - writable.start;
    const vmms = shared && frame + size <= this.size && !others.some(within) && (rights === 0 || (mayWrite && rights === WRITABLE));
    return vmms ? undefined : `the guest has a mapping of host page ${frame.toString(16)} with rights ${rights}`;
  }
}
