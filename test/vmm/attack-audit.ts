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

const PAGE = 4096;
const LARGE = 1 << 21;
const DEVICES: Range = { start: DEVICE_PAGES_AT, end: DEVICE_PAGES_AT + DEVICE_PAGES * PAGE };
const FRAME = 0xfffff000;
const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const PAGE_SIZE = 0x80;

export class TableAudit {
  private readonly words: Uint32Array;
  private readonly size: number;

  constructor(
    { cpu }: Host,
    private readonly owners: Owners,
  ) {
    this.words = new Uint32Array(cpu.ram.buffer);
    this.size = cpu.ram.length;
  }

  /**
   * PAE tables at a host-physical address lead to the guest's memory, to what is no memory and stands for its devices, or, if the VMM has a part of
   * the address space (`shared`), to what of it nobody may write and no user may read. Returns what is wrong, or undefined.
   */
  check(root: number, shared: boolean): string | undefined {
    const { words } = this;
    for (let i = 0; i < 4; i++) {
      const directory = this.entryAt(root & ~31, i);
      if (!(words[directory]! & PRESENT)) continue;
      for (let n = 0; n < 512; n++) {
        const link = this.entryAt(words[directory]!, n);
        if (!(words[link]! & PRESENT)) continue;
        const wrong = words[link]! & PAGE_SIZE ? this.checkLeaf(link, -1, LARGE, shared) : this.checkTable(link, shared);
        if (wrong) return wrong;
      }
    }
    return undefined;
  }

  /** Index of the low half of entry `n` of the table that `entry` leads to. */
  private entryAt(entry: number, n: number): number {
    return (RAM_BASE + ((entry & FRAME) >>> 0)) / 4 + n * 2;
  }

  private checkTable(link: number, shared: boolean): string | undefined {
    const rights = this.words[link]!;
    for (let n = 0; n < 512; n++) {
      const at = this.entryAt(rights, n);
      const wrong = this.words[at]! & PRESENT ? this.checkLeaf(at, rights, PAGE, shared) : undefined;
      if (wrong) return wrong;
    }
    return undefined;
  }

  private checkLeaf(at: number, above: number, size: number, shared: boolean): string | undefined {
    const low = this.words[at]!;
    const rights = low & above & (WRITABLE | USER);
    const frame = (low & FRAME) >>> 0;
    const { own, rom, others } = this.owners;
    const within = ({ start, end }: Range) => frame >= start && frame + size <= end;
    if (this.words[at + 1]! & 0x7fffffff) return `a mapping above 4 GiB, of ${frame.toString(16)}`;
    if (within(own) || within(DEVICES)) return undefined;
    if (within(rom)) return rights & WRITABLE ? "read-only memory is mapped writable" : undefined;
    const vmms = shared && frame + size <= this.size && !others.some(within) && rights === 0;
    return vmms ? undefined : `the guest has a mapping of host page ${frame.toString(16)} with rights ${rights}`;
  }
}
