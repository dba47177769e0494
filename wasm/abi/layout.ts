// Where everything lies in the module's linear memory. Addresses are bytes.
//
//   0x0000_0000  never used (a stray null pointer lands here)
//   0x0000_1000  processor state (abi/state.ts)
//   0x0000_4000  scratch micro-ops for single steps
//   0x0001_0000  code TLBs, lists of filled TLB entries
//   0x0005_0000  stops for a debugger (abi/stop.ts)
//   0x000b_0000  jumps between regions (abi/region.ts)
//   0x0010_0000  PHYS_MAP: one u32 for each 4 KiB page of the first 4 GiB of guest-physical memory
//   0x0050_0000  static data of the AssemblyScript module (asc --memoryBase)
//   0x0060_0000  decoded-page descriptors, then the micro-op arena
//   0x0400_0000  data TLBs: four sets of (read, write)
//   RAM_BASE     guest RAM, then video memory, then ROM images: placed by the facade

export const SCRATCH_UOPS: i32 = 0x4000;

/**
 * A data TLB has a u32 for each page of linear memory: what to add to linear addresses to get host addresses, with its low 12 bits, which
 * would be 0, inverted; or 0 if it does not know the page. What no guest has touched costs the host no memory.
 */
export const TLB_ENTRIES: i32 = 1 << 20;
export const TLB_TABLE_SIZE: i32 = TLB_ENTRIES * 4;
/** Distance from a set's read table to its write table, and between two sets. */
export const TLB_WRITE_OFFSET: i32 = TLB_TABLE_SIZE;
export const TLB_SET_SIZE: i32 = TLB_TABLE_SIZE * 2;
export const TLB_BASE: i32 = 0x4000000;
/** Sets: supervisor, user, and supervisor with EFLAGS.AC while SMAP is on. */
export const TLB_SET_SUPERVISOR: i32 = 0;
export const TLB_SET_USER: i32 = 1;
export const TLB_SET_SUPERVISOR_AC: i32 = 2;
/** Never filled, so that every access takes the slow path: used while alignment checks are on (CR0.AM, EFLAGS.AC, CPL 3). */
export const TLB_SET_NONE: i32 = 3;
export const TLB_SETS: i32 = 4;

/** Code TLBs (supervisor, user): 1,024 entries of 16 bytes: u32 tag (linear page | mode key), u32 descriptor, u64 reserved. */
export const CODE_TLB_BASE: i32 = 0x10000;
export const CODE_TLB_ENTRIES: i32 = 1024;
export const CODE_TLB_SIZE: i32 = CODE_TLB_ENTRIES * 16;

/** Lists of filled data-TLB entries, so that a flush costs what was filled: u32 entry addresses. When a list is full, its entries go. */
export const TLB_FILLS_BASE: i32 = CODE_TLB_BASE + CODE_TLB_SIZE * 2;
export const TLB_FILLS_MAX: i32 = 16384;
export const TLB_GLOBAL_FILLS_BASE: i32 = TLB_FILLS_BASE + TLB_FILLS_MAX * 4;
export const CODE_TLB_FILLS_BASE: i32 = TLB_GLOBAL_FILLS_BASE + TLB_FILLS_MAX * 4;
export const CODE_TLB_FILLS_MAX: i32 = 2048;
/** One byte for each 4 MiB of linear addresses: set if a large page was entered there, so that INVLPG knows how far to look. */
export const LARGE_REGIONS: i32 = CODE_TLB_FILLS_BASE + CODE_TLB_FILLS_MAX * 4;
/** Bytes of an instruction that lies on two pages, put together for the decoder. */
export const STRADDLE_BYTES: i32 = SCRATCH_UOPS + 256;

/** PHYS_MAP entry: host address of the page (low 12 bits clear) | PAGE_* flags; 0 means memory-mapped I/O. */
export const PHYS_MAP: i32 = 0x100000;
export const PAGE_RAM: i32 = 1;
/** Reads go to memory, writes are dropped (ROM, write-protected shadow RAM). */
export const PAGE_ROM: i32 = 2;
/** The page holds decoded instructions: stores take the slow path. */
export const PAGE_CODE: i32 = 4;
/** The facade wants to know which pages were written (video memory): stores take the slow path until PAGE_DIRTY is set. */
export const PAGE_TRACK: i32 = 8;
export const PAGE_DIRTY: i32 = 16;

export const STATIC_BASE: i32 = 0x500000;

/** Decoded-page descriptors: a header of 1 KiB (cpu/code-cache.ts), then a u32 micro-op address for each byte offset. */
export const CODE_PAGES_BASE: i32 = 0x600000;
export const CODE_PAGE_SIZE: i32 = 1024 + 4096 * 4;
export const CODE_PAGES_MAX: i32 = 1536;
export const CODE_HASH_BASE: i32 = CODE_PAGES_BASE + CODE_PAGES_MAX * CODE_PAGE_SIZE;
export const CODE_HASH_ENTRIES: i32 = 4096;
export const UOP_ARENA_BASE: i32 = 0x2400000;
export const UOP_ARENA_SIZE: i32 = 0x1c00000;

/** First byte of guest RAM. A multiple of 64 KiB, so that host and guest pages align. */
export const RAM_BASE: i32 = TLB_BASE + TLB_SET_SIZE * TLB_SETS;
