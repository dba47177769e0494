// Arithmetic in 128 bits for the transcendental functions, on the number z of softfloat: (-1)^zSign * 2^zExp * (zHi:zLo) / 2^127.
// Errors stay below 2^-110 of the result, so that rounding to 64 bits is the correct one but about once in 2^45 times; the manual asks
// for less than one unit in the last place. SDM 1 "Transcendental Instruction Accuracy".
import { setFinite, setZero, TOP_BIT, zClass, zExp, zHi, zLo, zSign } from "../softfloat/number";
import { add, divideWide, multiplyHigh, shiftLeft, shiftRightJam, subtract, wideHi, wideLo } from "../softfloat/wide";

/** Fixed point: numbers below 4 in units of 2^-126, which as a number (hi:lo) / 2^127 have this exponent. */
export const FIXED_EXP: i32 = 1;
export const FIXED_ONE: u64 = 0x4000000000000000;
export const FIXED_PI_HI: u64 = 0xc90fdaa22168c234;
export const FIXED_PI_LO: u64 = 0xc4c6628b80dc1cd1;

/** z := (-1)^sign * 2^exp * (hi:lo) / 2^127, brought to normal form. */
export function setWide(sign: u32, exp: i32, hi: u64, lo: u64): void {
  if ((hi | lo) == 0) {
    setZero(sign);
    return;
  }
  const shift = hi ? <i32>clz<u64>(hi) : 64 + <i32>clz<u64>(lo);
  shiftLeft(hi, lo, shift);
  setFinite(sign, exp - shift, wideHi, wideLo);
}

/** z := (-1)^sign * (hi:lo) * 2^-126. */
export function setFixed(sign: u32, hi: u64, lo: u64): void {
  setWide(sign, FIXED_EXP, hi, lo);
}

/** wide := |z| in units of 2^-126; |z| < 4. */
export function fixedOfZ(): void {
  if (zClass) shiftRightJam(zHi, zLo, FIXED_EXP - zExp);
  else subtract(0, 0, 0, 0);
}

/** z := z * 2^exp * (hi:lo) / 2^127, where the top bit of hi is set. z is not zero. */
export function multiplyZ(exp: i32, hi: u64, lo: u64): void {
  multiplyHigh(zHi, zLo, hi, lo);
  setWide(zSign, zExp + exp + 1, wideHi, wideLo);
}

/** z := z / (2^exp * (hi:lo) / 2^127), never exact. z is not zero. */
export function divideZ(exp: i32, hi: u64, lo: u64): void {
  const shift = hi ? <i32>clz<u64>(hi) : 64 + <i32>clz<u64>(lo);
  shiftLeft(hi, lo, shift);
  divideWide(zHi >> 1, (zHi << 63) | (zLo >> 1), wideHi, wideLo);
  setWide(zSign, zExp - exp + shift, wideHi, wideLo | 1);
}

/** The tables of starting points go in steps of 1 / 32: this bit of the upper half of a fixed-point number. */
export const ENTRY_SHIFT: u64 = 57;

/** Table entry nearest to a fixed-point number with the upper half `hi`. */
export function nearestEntry(hi: u64): u64 {
  return (hi + ((<u64>1) << (ENTRY_SHIFT - 1))) >> ENTRY_SHIFT;
}

/** z := the fixed-point number (hi:lo) less table entry `i`. */
export function setDistance(hi: u64, lo: u64, i: u64): void {
  const entry = i << ENTRY_SHIFT;
  const below = hi < entry;
  if (below) subtract(entry, 0, hi, lo);
  else subtract(hi, lo, entry, 0);
  setFixed(u32(below), wideHi, wideLo);
}

// The variable of a series: a fraction of 2^128.
let uHi: u64 = 0;
let uLo: u64 = 0;

function setVariable(): void {
  uHi = wideHi;
  uLo = wideLo;
}

/** u := |z|, below 1. */
export function variableZ(): void {
  shiftRightJam(zHi, zLo, -1 - zExp);
  setVariable();
}

/** u := z^2, where |z| < 1. */
export function variableSquareZ(): void {
  multiplyHigh(zHi, zLo, zHi, zLo);
  shiftRightJam(wideHi, wideLo, -2 - 2 * zExp);
  setVariable();
}

/** wide := u * (c0 -+ u * (c1 -+ u * (c2 ...))), the coefficients c in `table` as fractions of 2^128. */
function evaluate(table: StaticArray<u64>, alternating: bool): void {
  let at = changetype<usize>(table) + ((<usize>table.length) << 3) - 16;
  subtract(load<u64>(at), load<u64>(at, 8), 0, 0);
  while (at > changetype<usize>(table)) {
    at -= 16;
    multiplyHigh(wideHi, wideLo, uHi, uLo);
    if (alternating) subtract(load<u64>(at), load<u64>(at, 8), wideHi, wideLo);
    else add(load<u64>(at), load<u64>(at, 8), wideHi, wideLo);
  }
  multiplyHigh(wideHi, wideLo, uHi, uLo);
}

/** z := z * (1 - u * (c0 - u * (c1 - ...))), never exact: a factor that rounds to 1 is taken a little less. */
export function multiplyAlternating(table: StaticArray<u64>): void {
  evaluate(table, true);
  subtract(0, 0, wideHi, wideLo | u64((wideHi | wideLo) == 0));
  multiplyHigh(zHi, zLo, wideHi, wideLo);
  setWide(zSign, zExp, wideHi, wideLo | 1);
}

/** z := z * (1 + u * (c0 + u * (c1 + ...))), never exact. */
export function multiplyAscending(table: StaticArray<u64>): void {
  evaluate(table, false);
  multiplyHigh(zHi, zLo, wideHi, wideLo);
  add(zHi, zLo, wideHi, wideLo);
  if (wideHi & TOP_BIT) setFinite(zSign, zExp, wideHi, wideLo | 1);
  else setFinite(zSign, zExp + 1, (wideHi >> 1) | TOP_BIT, (wideHi << 63) | (wideLo >> 1) | 1);
}
