// What interpreter and translated code say to each other. A region is one WebAssembly function, made by core/translator, for a part of
// the guest's control-flow graph. It is entered at micro-ops whose U_OP the translator has replaced by OP_ENTER; their U_LINK is the
// address of an entry record.
//
//   region(entry: i32, left: i32, delta: i32): i32
//
// `entry` says where to begin, `left` is the budget (instructions x 32), `delta` is what to add to the linear addresses that it was
// translated for. It returns what is left, with registers, flags and RIP or NEXT_UOP stored.

/** u32: the micro-op where the interpreter goes on after a region, or 0: at RIP, by way of the run loop. */
export const NEXT_UOP: i32 = 0x4800;
/** i32: what executeEnding() left of the budget. */
export const ENDING_LEFT: i32 = 0x4804;
/** u32: set when regions or TLB entries were dropped, so that a region which is being executed ends after its current instruction. */
export const REGIONS_DROPPED: i32 = 0x4808;

/**
 * u32: last linear address that DS, ES and SS all have, where code is flat but for their ends (MODE_CUT); else FFFFFFFFH. While a region is executed it
 * does not change.
 */
export const CUT_LIMIT: i32 = 0x4888;

/** u64: linear address of the page whose micro-ops are running, or of where a region leads. */
export const PAGE_LINEAR: i32 = 0x4878;

// How a region is left before an instruction: a record for each way out, in a table that the translator makes.
/** u32: the micro-op. */
export const LEAVE_UOP: i32 = 0;
/** u32: page in linear memory that it was translated for | instructions since the budget was settled. */
export const LEAVE_PAGE: i32 = 4;
/** u16: size of the memory access that the TLB had no entry for, or 0; u16: how far before the address it begins. */
export const LEAVE_SPAN: i32 = 8;
export const LEAVE_BELOW: i32 = 10;
/** u32: kind of the lazy flags, or LEAVE_KIND_SET if it is in its place already. */
export const LEAVE_KIND: i32 = 12;
export const LEAVE_KIND_SET: i32 = 63;
export const LEAVE_SIZE: i32 = 16;

/** u32: a micro-op at which no region begins, though one led there by a branch; or 0. */
export const CHAIN_MISS: i32 = 0x4830;
/** Counters of a region: three u32, how often it was left for want of a TLB entry, because bytes lay on two pages, and by a plain jump. */
export const COUNTERS_SIZE: i32 = 12;
/** Counters of regions that have none of their own. */
export const NO_COUNTERS: i32 = 0x4840;
/** u64: instructions executed in regions so far, for benches and tests. */
export const TRANSLATED: i32 = 0x4820;

/** Jumps between regions that were looked up: a table for each TLB set, hashed by the target's linear address. */
export const JUMPS: i32 = 0xb0000;
export const JUMP_ENTRIES: i32 = 1024;
export const JUMP_SIZE: i32 = 32;
export const JUMP_TABLE_SIZE: i32 = JUMP_ENTRIES * JUMP_SIZE;
// A jump.
/** u32: the target's linear address. */
export const JUMP_TARGET: i32 = 0;
/** u32: JUMP_GENERATION | mode key when it was looked up. */
export const JUMP_VALID: i32 = 4;
/** ENTRY_NEED, ENTRY_NUMBER and ENTRY_FUNCTION of its entry record, and what to add to the linear addresses of the region. */
export const JUMP_NEED: i32 = 8;
export const JUMP_NUMBER: i32 = 12;
export const JUMP_DELTA: i32 = 16;
export const JUMP_FUNCTION: i32 = 20;

/** Two u32, for supervisor and user code: the generation of valid jumps, a multiple of JUMP_STEP. It changes with the code TLB and with regions. */
export const JUMP_GENERATION: i32 = 0x4850;
export const JUMP_STEP: i32 = 64;

/** u32: samples of one micro-op that make it hot; 0 turns sampling off. */
export const HEAT_THRESHOLD: i32 = 0x480c;
/** u32: instructions between two samples. */
export const HEAT_PERIOD: i32 = 0x4810;
/** u32: run() returns EXIT_TRANSLATE when so many micro-ops are hot. */
export const HOT_LIMIT: i32 = 0x4814;
/** u32: how many of the records below are filled. */
export const HOT_COUNT: i32 = 0x4818;
/** Hot micro-ops: u32 micro-op, u32 its page's descriptor, u32 linear address of the page | HOT_MISSED, u32 TLB set, u32 CS base. */
export const HOT_LIST: i32 = 0x5000;
export const HOT_RECORD_SIZE: i32 = 20;
export const HOT_MAX: i32 = 128;
/** Regions led there, and none begins there: it deserves an entry even if it lies inside a region. */
export const HOT_MISSED: i32 = 1;
/** Sample counters, hashed by micro-op: u32 micro-op, u32 count. */
export const HEAT_TABLE: i32 = 0x8000;
export const HEAT_ENTRIES: i32 = 4096;

// Entry record.
/** u32: slot of the region's function in the module's table. */
export const ENTRY_FUNCTION: i32 = 0;
/** i32: its first parameter. */
export const ENTRY_NUMBER: i32 = 4;
/** i32: a budget at or below this is too small for the region, which checks it only at loop heads. */
export const ENTRY_NEED: i32 = 8;
/** u32: address of the TLB set it was translated for. */
export const ENTRY_TLB: i32 = 12;
/** u32: linear address of the page it was translated for. */
export const ENTRY_LINEAR: i32 = 16;
/** u32: U_OP and U_LINK that OP_ENTER replaced. */
export const ENTRY_OLD_OP: i32 = 20;
export const ENTRY_OLD_LINK: i32 = 24;
/** The micro-op as it was, with a handler for it alone, and a link to the one after it: for the interpreter. */
export const ENTRY_COPY: i32 = 32;
export const ENTRY_SIZE: i32 = 128;

/** Descriptor of a decoded page: u32, not 0 if regions were made from it. */
export const PAGE_TRANSLATED: i32 = 12;
/** Where the micro-op addresses begin in a descriptor, and how many bytes before them the key stands (physical page | mode). */
export const PAGE_ENTRIES: i32 = 1024;
