// 128-bit unsigned integers for significands: a pair (hi, lo). Functions leave their result in wideHi and wideLo.

export let wideHi: u64 = 0;
export let wideLo: u64 = 0;

const LOW: u64 = 0xffffffff;

function result(hi: u64, lo: u64): void {
  wideHi = hi;
  wideLo = lo;
}

/** a * b, all 128 bits. */
export function multiply(a: u64, b: u64): void {
  const a0 = a & LOW;
  const a1 = a >> 32;
  const b0 = b & LOW;
  const b1 = b >> 32;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >> 32);
  const other = a0 * b1 + (middle & LOW);
  result(a1 * b1 + (middle >> 32) + (other >> 32), (other << 32) | (low & LOW));
}

export function add(aHi: u64, aLo: u64, bHi: u64, bLo: u64): void {
  const lo = aLo + bLo;
  result(aHi + bHi + u64(lo < aLo), lo);
}

export function subtract(aHi: u64, aLo: u64, bHi: u64, bLo: u64): void {
  result(aHi - bHi - u64(aLo < bLo), aLo - bLo);
}

/** Shift left by 0 to 127. */
export function shiftLeft(hi: u64, lo: u64, n: i32): void {
  if (n == 0) result(hi, lo);
  else if (n < 64) result((hi << n) | (lo >> (64 - n)), lo << n);
  else result(lo << (n - 64), 0);
}

/** Shift right by n >= 0; the lowest bit becomes 1 if any 1 was shifted out. */
export function shiftRightJam(hi: u64, lo: u64, n: i32): void {
  if (n == 0) result(hi, lo);
  else if (n < 64) result(hi >> n, (hi << (64 - n)) | (lo >> n) | u64(lo << (64 - n) != 0));
  else if (n == 64) result(0, hi | u64(lo != 0));
  else if (n < 128) result(0, (hi >> (n - 64)) | u64(hi << (128 - n) != 0 || lo != 0));
  else result(0, u64((hi | lo) != 0));
}

/** One digit of long division in base 2^32: (hi:digit) / divisor, the divisor normalised; adds the remainder to wideHi. */
function divideDigit(hi: u64, digit: u64, divisor: u64): u64 {
  const top = divisor >> 32;
  let q = hi / top;
  let r = hi - q * top;
  while (q > LOW || q * (divisor & LOW) > ((r << 32) | digit)) {
    q -= 1;
    r += top;
    if (r > LOW) break;
  }
  wideHi = ((hi << 32) | digit) - q * divisor;
  return q;
}

/** Quotient of (hi:lo) / divisor, where the divisor's top bit is set and hi < divisor. The remainder is left in wideHi. */
export function divide(hi: u64, lo: u64, divisor: u64): u64 {
  const q1 = divideDigit(hi, lo >> 32, divisor);
  const q0 = divideDigit(wideHi, lo & LOW, divisor);
  return (q1 << 32) | q0;
}

/** Integer square root of a value of at least 2^62; the remainder is left in wideLo. */
function root64(n: u64): u64 {
  let s = <u64>sqrt<f64>(<f64>n);
  if (s > LOW) s = LOW;
  while (s * s > n) s -= 1;
  while (n - s * s > 2 * s) s += 1;
  wideLo = n - s * s;
  return s;
}

/**
 * Integer square root of (hi:lo) >= 2^126. The remainder is left in wideHi, wideLo.
 * P. Zimmermann, "Karatsuba Square Root" (1999): root of the upper half, then one division for the lower digits.
 */
export function squareRoot(hi: u64, lo: u64): u64 {
  const upper = root64(hi);
  const rest = wideLo;
  const half = (rest << 31) | (lo >> 33);
  const q = half / upper;
  const u = ((half - q * upper) << 1) | ((lo >> 32) & 1);
  let s = (upper << 32) + q;
  multiply(q, q);
  subtract(u >> 32, (u << 32) | (lo & LOW), wideHi, wideLo);
  if (<i64>wideHi < 0) {
    s -= 1;
    add(wideHi, wideLo, s >> 63, (s << 1) | 1);
  }
  return s;
}
