// The quick way to the order of two numbers, each normal or zero (quick.ts, quick-number.ts).
import { EQUAL, GREATER, LESS, UNORDERED } from "../softfloat/compare";
import { isReady, isSlotEmpty, slot, slotAddress } from "./quick";
import { isNormal, isPlain, isZero, Register, signExponentOf, significandOf } from "./quick-number";
import { SE_SIGN } from "./registers";

/** Order of two numbers, each normal or zero. */
function orderOf(aSig: u64, a: u32, bSig: u64, b: u32): i32 {
  if (aSig == bSig && (a == b || aSig == 0)) return EQUAL;
  const negative = (a & SE_SIGN) != 0;
  if ((a ^ b) & SE_SIGN) return negative ? LESS : GREATER;
  const less = a == b ? aSig < bSig : a < b;
  return less != negative ? LESS : GREATER;
}

function isComparable(sig: u64, signExponent: u32): bool {
  return isNormal(sig, signExponent) || isZero(sig, signExponent);
}

/** Order of ST(0) and the T at a host address, if they can be compared the quick way; else UNORDERED. */
export function quickOrder<T>(from: usize): i32 {
  const n = slot(0);
  const at = slotAddress(n);
  const aSig = load<u64>(at);
  const a = load<u16>(at, 8);
  if (isSlotEmpty(n) || !isPlain<T>(from) || !isComparable(aSig, a)) return UNORDERED;
  const bSig = significandOf<T>(from);
  const b = signExponentOf<T>(from);
  return isComparable(bSig, b) ? orderOf(aSig, a, bSig, b) : UNORDERED;
}

export function quickOrderOfRegister(i: u32): i32 {
  const n = slot(i);
  return isReady() && !isSlotEmpty(n) ? quickOrder<Register>(slotAddress(n)) : UNORDERED;
}
