// Where things lie in the guest-physical memory of the lockstep machine, and its segment selectors. With paging on, the first 4 MiB of
// linear addresses are mapped one to one but for the windows named here.

export const RAM_BYTES = 0x100000;

export const REAL_VECTORS = 0x0000;
export const GDT = 0x1000;
export const IDT = 0x1800;
export const TSS = 0x2000;
export const TSS_BYTES = 0x168;
export const KERNEL = 0x3000;
export const CODE = 0x4000;
export const CODE_END = 0x8000;
export const DATA = 0x8000;
export const DATA_END = 0xa000;
/** What region-shaped programs (shaped-program.ts) count in, and their tables of code addresses. */
export const COUNTERS = 0xa440;
export const COUNTERS_END = 0xa800;
export const TABLES = 0xa800;
export const TABLES_END = 0xb000;
/** Where handlers and blocks go on: offsets of eight blocks of the program, the number of exceptions so far, and a counter of its own. */
export const BLOCK_TABLE = 0xa400;
/** What page faults in windows found: a sum of their frames. */
export const FAULT_SUM = 0xa430;
export const USER_STACK = 0xbf00;
export const KERNEL_STACK = 0xdf00;
export const PAGE_DIRECTORY = 0x10000;
export const PAGE_TABLE = 0x11000;
export const PDPT = 0x12000;
export const PAE_DIRECTORY = 0x13000;
/** Two page tables, for 4 MiB. */
export const PAE_TABLES = 0x14000;
/** Pages that the windows below show, of the same layout each: some of code, some of data. */
export const GATES = 0x18000;
export const SHARED = 0x1c000;
export const SHOWN_PAGES = 4;
/** Gates lie so far apart in their pages; behind the last there is room for data, and then for two that go on in the next page. */
export const GATE_SPACING = 256;
export const GATES_IN_PAGE = 8;
export const GATES_END = (GATES_IN_PAGE + 1) * GATE_SPACING;
export const JUMPING_GATE = 0xfe8;
export const STRADDLING_GATE = 0xff8;

/** Linear pages of which each shows some page between CODE and USER_STACK once more. */
export const ALIASES = 0x20000;
/** Linear pages with all kinds of rights. */
export const ODD_PAGES = 0x30000;
export const WINDOW_PAGES = 16;
/** Windows to the pages at GATES and at SHARED, each to any of them. Absent pages come when they are touched. */
export const GATE_WINDOW = 0x40000;
export const SHARED_WINDOW = GATE_WINDOW + SHOWN_PAGES * 4096;
export const SHOWN_END = SHARED_WINDOW + SHOWN_PAGES * 4096;
/** A large page that shows the first 4 (or 2) MiB again. */
export const LARGE = 0x400000;
/** The first 4 MiB again, by the same page table. Bit 24 takes part in the slots of the TLB: FAR + (x ^ 0x1000) has the slot of x. */
export const FAR = 0x1000000;

/** Guest-physical pages that are no plain RAM. */
export const DEVICE = 0xa0000;
export const TRACKED = 0xd0000;
export const ROM = 0xe0000;

export const SELECTOR = {
  code0: 0x08,
  data0: 0x10,
  code3: 0x1b,
  data3: 0x23,
  basedCode0: 0x28,
  basedData0: 0x30,
  basedCode3: 0x3b,
  basedData3: 0x43,
  code16: 0x48,
  data16: 0x50,
  code16Ring3: 0x5b,
  data16Ring3: 0x63,
  tss: 0x68,
  expandDown: 0x73,
  conforming: 0x7b,
  callGate: 0x83,
  shortData: 0x8b,
  absent: 0x93,
} as const;

/** Interrupts that change the page-table entry of a linear address, EDX, by XOR with EAX; and then what makes the processor notice it. */
export const REMAP = { silently: 40, byPage: 41, byDirectory: 42, byGlobalPages: 43 } as const;

/** Base of the segments that are not flat: no multiple of a page. */
export const SEGMENT_BASE = 0x1230;
