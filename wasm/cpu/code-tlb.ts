// The code TLB as the processor uses it: from a linear address to the descriptor of its decoded page, in the mode that is in force.
// (cpu/tlb.ts fills and flushes it.)
import { MODE_BIG, MODE_CUT, MODE_FLAT, MODE_VALID } from "../abi/code-mode";
import { CODE_TLB_BASE, CODE_TLB_SIZE, PAGE_RAM, PAGE_ROM, PHYS_MAP } from "../abi/layout";
import { CUT_LIMIT } from "../abi/region";
import { CPL, CS, DS, ES, MARK_CUT, MARK_FLAT, SEG_ACCESS, SEG_LIMIT, SEG_MARKS, SS } from "../abi/state";
import { executesAlone } from "../system/stop";
import { codePage, ENTRIES } from "./code-cache";
import { fault } from "./fault";
import { ACCESS_FETCH, ACCESS_USER, throughA20, translate } from "./paging";
import { segment, setPageLinear } from "./state";
import { codeTlbFill } from "./tlb";

/** Mode key of the code that runs: see code-cache.ts. */
export let mode: u32 = MODE_VALID;
/** Last address at which a handler for flat code may begin to access memory. */
export let flatTop: u32 = 0xffffffff;
/** Bytes from there on that it may access. */
const WIDEST: u32 = 4;
let codeTlb: usize = CODE_TLB_BASE;

/** Compute the mode key from the segment registers and CPL. */
export function selectMode(): void {
  let m = MODE_VALID;
  const big = (load<u32>(segment(CS), SEG_ACCESS) & (1 << 14)) != 0;
  if (big) m |= MODE_BIG;
  let limit: u32 = 0xffffffff;
  if (big && load<u32>(segment(SS), SEG_ACCESS) & (1 << 14) && load<u32>(segment(CS), SEG_MARKS) & MARK_FLAT) {
    const ss = load<u32>(segment(SS), SEG_MARKS);
    const ds = load<u32>(segment(DS), SEG_MARKS);
    const es = load<u32>(segment(ES), SEG_MARKS);
    if (ss & ds & es & MARK_FLAT) m |= MODE_FLAT;
    else if (beginsFlat(ss) && beginsFlat(ds) && beginsFlat(es)) {
      m |= MODE_CUT;
      limit = min(min(load<u32>(segment(DS), SEG_LIMIT), load<u32>(segment(ES), SEG_LIMIT)), load<u32>(segment(SS), SEG_LIMIT));
    }
  }
  flatTop = m & MODE_CUT ? limit - (WIDEST - 1) : limit;
  store<u32>(CUT_LIMIT, limit);
  mode = m;
  codeTlb = load<u32>(CPL) == 3 ? CODE_TLB_BASE + CODE_TLB_SIZE : CODE_TLB_BASE;
}

function beginsFlat(marks: u32): bool {
  return (marks & (MARK_FLAT | MARK_CUT)) != 0;
}

/** Descriptor of the code page at linear address `target` if the code TLB has it, or 0. */
export function knownDescriptor(target: u32): usize {
  const entry = codeTlb + ((target >>> 8) & 0x3ff0);
  return load<u32>(entry) == ((target & 0xfffff000) | mode) ? load<u32>(entry, 4) : 0;
}

/** The decoded micro-op at a flat linear address, or 0 if it takes more than a look. Moves pageLinear. */
export function codeLookup(target: u32): usize {
  const entry = codeTlb + ((target >>> 8) & 0x3ff0);
  if (load<u32>(entry) != ((target & 0xfffff000) | mode)) return 0;
  const u = <usize>load<u32>(<usize>load<u32>(entry, 4) + ENTRIES + ((target & 0xfff) << 2));
  if (u) setPageLinear(<u64>(target & 0xfffff000));
  return u;
}

/** Descriptor of the code page at linear address `target`, through the code TLB; 0 with `fault` set, or 0 if it is no plain memory. */
export function descriptorAt(target: u32): usize {
  const entry = codeTlb + ((target >>> 8) & 0x3ff0);
  const tag = (target & 0xfffff000) | mode;
  if (load<u32>(entry) == tag) return load<u32>(entry, 4);
  const physical = fetchPhysical(target);
  if (fault || physical >> 32 || !(load<u32>(((<usize>(physical >> 12)) << 2) + PHYS_MAP) & (PAGE_RAM | PAGE_ROM))) return 0;
  const d = codePage((<u32>physical & 0xfffff000) | mode);
  if (!executesAlone(target)) codeTlbFill(entry, tag, d);
  return d;
}

export function fetchPhysical(linear: u64): u64 {
  const access = load<u32>(CPL) == 3 ? ACCESS_FETCH | ACCESS_USER : ACCESS_FETCH;
  return throughA20(translate(linear, access));
}

/** Host address of the physical page a descriptor stands for. */
export function hostPage(descriptor: usize): usize {
  return load<u32>(((<usize>(load<u32>(descriptor) >> 12)) << 2) + PHYS_MAP) & ~0xfff;
}
