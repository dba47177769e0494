/**
 * Nested page tables of one VM: from guest-physical to host-physical addresses, in the format of PAE paging (the best that the processor
 * has), with large pages of 2 MiB where a mapping allows. AMD APM vol. 2 "Nested Paging": nested accesses are user accesses, so every
 * entry has U/S set; what is not mapped is a nested page fault.
 *
 * Guest-physical addresses have 32 bits here: four page directories, all there from the start, because the processor loads their entries
 * once. Not here: who flushes the TLB when something mapped changes.
 */

/** Host memory that tables are made of. Addresses are host-physical. */
export interface TableMemory {
  /** A page of zeros below 4 GiB. */
  allocate(): number;
  free(page: number): void;
  read(address: number): bigint;
  write(address: number, value: bigint): void;
}

export interface NestedMapping {
  readonly guestPhysical: number;
  readonly hostPhysical: number;
  /** Bytes; like the addresses a multiple of 4096. */
  readonly size: number;
  readonly writable: boolean;
}

export const PAGE = 4096;
const LARGE = 2 << 20;
const DIRECTORIES = 4;
const ENTRIES = 512;

const PRESENT = 1n;
const WRITABLE = 2n;
const USER = 4n;
const PAGE_SIZE = 0x80n;
const ADDRESS = 0x000f_ffff_ffff_f000n;

const isAligned = (value: number, to: number): boolean => value % to === 0;

export class NestedTables {
  /** Host-physical address for nCR3: of the four page-directory-pointer entries. */
  readonly root: number;
  private readonly directories: readonly number[];

  constructor(private readonly memory: TableMemory) {
    this.root = memory.allocate();
    this.directories = Array.from({ length: DIRECTORIES }, () => memory.allocate());
    // A PDPTE has neither R/W nor U/S: SDM 3A "Format of a PAE Page-Directory-Pointer-Table Entry".
    this.directories.forEach((directory, n) => {
      memory.write(this.root + n * 8, BigInt(directory) | PRESENT);
    });
  }

  /** Throws RangeError for what is not aligned or beyond 4 GiB. What was mapped there before is replaced. */
  map({ guestPhysical, hostPhysical, size, writable }: NestedMapping): void {
    checkRange(guestPhysical, size);
    if (!isAligned(hostPhysical, PAGE)) throw new RangeError(`host address ${hostPhysical.toString(16)} is not that of a page`);
    const rights = PRESENT | USER | (writable ? WRITABLE : 0n);
    for (let offset = 0; offset < size; ) {
      const [guest, host] = [guestPhysical + offset, hostPhysical + offset];
      if (isAligned(guest, LARGE) && isAligned(host, LARGE) && size - offset >= LARGE) {
        this.replaceDirectoryEntry(guest, BigInt(host) | rights | PAGE_SIZE);
        offset += LARGE;
      } else {
        this.memory.write(this.tableFor(guest) + index(guest, PAGE) * 8, BigInt(host) | rights);
        offset += PAGE;
      }
    }
  }

  /** Throws RangeError likewise. */
  unmap(guestPhysical: number, size: number): void {
    checkRange(guestPhysical, size);
    for (let offset = 0; offset < size; ) {
      const guest = guestPhysical + offset;
      if (isAligned(guest, LARGE) && size - offset >= LARGE) {
        this.replaceDirectoryEntry(guest, 0n);
        offset += LARGE;
      } else {
        if (this.memory.read(this.directoryEntry(guest)) & PRESENT) this.memory.write(this.tableFor(guest) + index(guest, PAGE) * 8, 0n);
        offset += PAGE;
      }
    }
  }

  /** Give all pages back. The tables must not be in use any more. */
  dispose(): void {
    for (const directory of this.directories) {
      for (let n = 0; n < ENTRIES; n++) this.freeTable(this.memory.read(directory + n * 8));
      this.memory.free(directory);
    }
    this.memory.free(this.root);
  }

  private directoryEntry(guest: number): number {
    return this.directories[Math.floor(guest / 2 ** 30)]! + index(guest, LARGE) * 8;
  }

  private replaceDirectoryEntry(guest: number, entry: bigint): void {
    const at = this.directoryEntry(guest);
    const old = this.memory.read(at);
    this.memory.write(at, entry);
    this.freeTable(old);
  }

  private freeTable(entry: bigint): void {
    if (entry & PRESENT && !(entry & PAGE_SIZE)) this.memory.free(Number(entry & ADDRESS));
  }

  /** The table of 4 KiB pages for an address: a new one if there is none, of the same pages where a large page was. */
  private tableFor(guest: number): number {
    const at = this.directoryEntry(guest);
    const entry = this.memory.read(at);
    if (entry & PRESENT && !(entry & PAGE_SIZE)) return Number(entry & ADDRESS);
    const table = this.memory.allocate();
    if (entry & PRESENT) {
      const small = entry & ~PAGE_SIZE;
      for (let n = 0; n < ENTRIES; n++) this.memory.write(table + n * 8, small + BigInt(n * PAGE));
    }
    this.memory.write(at, BigInt(table) | PRESENT | WRITABLE | USER);
    return table;
  }
}

function index(guest: number, unit: number): number {
  return Math.floor(guest / unit) % ENTRIES;
}

function checkRange(start: number, size: number): void {
  if (!isAligned(start, PAGE) || !isAligned(size, PAGE) || start < 0 || size < 0)
    throw new RangeError(`guest memory is mapped by pages of ${PAGE} bytes, not ${size} bytes at ${start.toString(16)}`);
  if (start + size > 2 ** 32) throw new RangeError(`guest memory ends at 4 GiB, not at ${(start + size).toString(16)}`);
}
