// Of a random guest of the road pv: what its frames are for, page-table entries that fit them, or nearly, and pages of them.
import * as PV from "../../core/vmm/pv/abi.js";
import { WRITABLE } from "../../core/vmm/pv/frames.js";
import type { Random } from "../oracle/random.js";
import { OFFSET, PAGE, SHARED_INFO } from "./domain.js";

/** Frames of a guest, by number from its first one. Its first page tables are the last ones. */
export const FRAMES = 64;
export const MEMORY = FRAMES * PAGE;
/** First frames with each role; those before TABLES have the program. */
export const [TABLES, DIRECTORIES, DATA, INFORMATION] = [16, 24, 29, 61];
export const FIRST_TABLE = OFFSET + MEMORY - 2 * PAGE;
export const FIRST_DIRECTORY = OFFSET + MEMORY - PAGE;
/** Pages of each kind, made once; a guest's memory is put together from them. */
const PAGES = 64;

/** Number of a host frame. */
export const own = (n: number) => (OFFSET / PAGE + n) >>> 0;
/** Frames of others: the VMM's, the shared-information page first, and those around. */
export const FOREIGN = [-1, -2, -3, -4, FRAMES, FRAMES + 1].map(own);

/** What an attacker tries: privileged and sensitive instructions, and stores. */
export const INSTRUCTIONS: readonly Uint8Array[] = (
  "0f22d8 0f22c0 0f22e0 0f0110 0f0118 0f00d0 0f00d8 8ed0 8ed8 0fb220 cf cb ea000001000900 ea000001001b00 9a000001001100 cd80 cdf0 cc 9d fa fb " +
  "f4 0f30 0f32 0f34 0f35 0f23f8 0f23c0 f3ab f3a5 8903 0106 8707 60 6d f36f ec ef 0f0138 0f01f0 0f06 0f01d9"
)
  .split(" ")
  .map((digits) => Buffer.from(digits, "hex"));

export const within = (random: Random, start: number, end: number) => start + random.below(end - start);

/** A frame with a role, or any; unless `careful`, of others now and then. */
export function frame(random: Random, start = 0, end = FRAMES, careful = false): number {
  const kind = random.below(careful ? 80 : 100);
  if (kind < 80) return own(within(random, start, end));
  if (kind < 94) return own(random.below(FRAMES));
  return kind < 99 ? random.pick(FOREIGN) : random.u32();
}

/** Bits of an entry: those that are refused are rare, or, if `careful`, never set. */
export function bits(random: Random, careful = false): number {
  const low = random.u32() & 0xe7f;
  if (careful) return low;
  return low | (random.chance(90) ? 1 : 0) | (random.chance(4) ? 0x100 : 0) | (random.chance(4) ? 0x80 : 0);
}

/** An entry of a page table: what is mapped writable is mostly no table; if `careful`, never. */
export function tableEntry(random: Random, careful = false): number {
  if (random.chance(3)) return SHARED_INFO | bits(random, careful);
  if (random.chance(60)) return ((frame(random, DATA, INFORMATION, careful) << 12) | bits(random, careful)) >>> 0;
  const mayWrite = !careful && random.chance(10);
  return ((frame(random, 0, FRAMES, careful) << 12) | (bits(random, careful) & (mayWrite ? ~0 : ~WRITABLE))) >>> 0;
}

export const directoryEntry = (random: Random, careful = false) =>
  ((frame(random, TABLES, DIRECTORIES, careful) << 12) | bits(random, careful)) >>> 0;
export const firstTable = (random: Random) => FIRST_TABLE | 1 | (random.chance(95) ? WRITABLE : 0) | (random.u32() & 0x64);

/** An address that a guest knows: of its memory, of the ends of it, of the VMM. */
export function address(random: Random): number {
  const kind = random.below(100);
  if (kind < 80) return random.below(MEMORY);
  if (kind < 88) return within(random, DATA, INFORMATION) * PAGE - random.below(16);
  if (kind < 94) return PV.VMM_BASE - 8 + random.below(16);
  return kind < 97 ? (random.below(8) << 22) + random.below(MEMORY) : random.u32();
}

/** Bytes of all kinds: anything, entries of tables that are mostly refused, tables and directories that mostly are not. */
export class RandomPages {
  private readonly anything: readonly Uint8Array[];
  private readonly tables: readonly Uint8Array[];
  private readonly directories: readonly Uint8Array[];

  constructor(random: Random) {
    const pages = (fill: (words: Uint32Array) => void) =>
      Array.from({ length: PAGES }, () => {
        const words = new Uint32Array(PAGE / 4);
        fill(words);
        return new Uint8Array(words.buffer);
      });
    const some = (words: Uint32Array, most: number, entry: () => number) => {
      for (let n = random.below(most); n >= 0; n--) words[random.chance(80) ? random.below(FRAMES) : random.below(1024)] = entry();
    };
    this.anything = pages((words) => {
      const dense = random.chance(30);
      for (let i = 0; i < words.length; i++) words[i] = dense ? tableEntry(random) : random.u32();
      const bytes = new Uint8Array(words.buffer);
      for (let i = 0; i < 16; i++) bytes.set(random.pick(INSTRUCTIONS), random.below(PAGE - 16));
    });
    this.tables = pages((words) => {
      const careful = random.chance(85);
      some(words, 24, () => tableEntry(random, careful));
    });
    this.directories = pages((words) => {
      const careful = random.chance(85);
      some(words, 3, () => directoryEntry(random, careful));
      for (let i = 8; i < PV.VMM_FIRST_SLOT; i++) if (random.chance(99)) words[i] = 0;
      if (random.chance(97)) words[0] = firstTable(random);
      if (random.chance(30)) for (const slot of [1022, 1023]) words[slot] = random.u32();
    });
  }

  fill(random: Random, ram: Uint8Array): void {
    for (let n = 0; n < INFORMATION; n++) {
      const role = n < TABLES || n >= DATA || random.chance(8) ? this.anything : n < DIRECTORIES ? this.tables : this.directories;
      ram.set(random.pick(role), n * PAGE);
    }
  }
}
