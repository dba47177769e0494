// Instructions that lie on two pages: decoded once, when they are first executed, into the micro-op that stands for them in their first page.
// The slot after it (abi/uop.ts) says which page the rest was in; that is forgotten when bytes of the rest are stored to.
// Not here: instructions of which a part is in no plain memory; cpu/branch.ts decodes those anew each time.

import { MODE_BIG, MODE_FLAT_CODE } from "../abi/code-mode";
import { STRADDLE_BYTES } from "../abi/layout";
import { STRADDLE_ENDS, STRADDLE_SECOND, U_OFFSET, U_OP } from "../abi/uop";
import { forgetStraddle, rememberStraddle } from "./code-cache";
import { hostPage, knownDescriptor, mode } from "./code-tlb";
import { decode, leafEnds } from "./decode";
import { OP_STRADDLE } from "./generated/hot-ops";
import { pageLinear } from "./state";

/** Longest instruction. */
const MAX_LENGTH: i32 = 15;

/** Decode the micro-op `u` of the page `first` with what follows in the page `second`, unless this was done and is still good. */
export function completeStraddle(u: usize, first: usize, second: usize): void {
  if (<usize>load<u32>(u, STRADDLE_SECOND) == second) return;
  forgetStraddle(u);
  const offset = load<u16>(u, U_OFFSET);
  const held = 4096 - <i32>offset;
  memory.copy(STRADDLE_BYTES, hostPage(first) + offset, held);
  memory.copy(STRADDLE_BYTES + held, hostPage(second), MAX_LENGTH - held);
  const length = decode(u, STRADDLE_BYTES, MAX_LENGTH, (mode & MODE_BIG) != 0, false);
  store<u16>(u, OP_STRADDLE, U_OP);
  store<u16>(u, offset, U_OFFSET);
  store<u32>(u, leafEnds(u) ? 1 : 0, STRADDLE_ENDS);
  rememberStraddle(u, second, length - held);
}

/** The second page of the instruction `u`, if it can be executed here and now in flat code as it was decoded; else 0. */
export function secondPage(u: usize): usize {
  const second = <usize>load<u32>(u, STRADDLE_SECOND);
  const next = <u32>pageLinear() + 4096;
  return second && next && mode & MODE_FLAT_CODE && knownDescriptor(next) == second ? second : 0;
}
