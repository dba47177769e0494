// 128-bit unsigned integers for significands: a pair (hi, lo). Functions leave their result in wideHi and wideLo.

export let wideHi: u64 = 0;
export let wideLo: u64 = 0;

const LOW: u64 = 0xffffffff;

function result(hi: u64, lo: u64): void {
  wideHi = hi;
  wideLo = lo;
}

/** The upper half of a * b; the lower one is what wasm's own multiplication gives. */
export function productHigh(a: u64, b: u64): u64 {
  const a0 = a & LOW;
  const a1 = a >> 32;
  const b0 = b & LOW;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  const other = a0 * b1 + (middle & LOW);
  return a1 * b1 + (middle >> 32) + (other >> 32);
}

/** a * b, all 128 bits. */
export function multiply(a: u64, b: u64): void {
  result(productHigh(a, b), a * b);
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

/** The upper 128 bits of a product of 128-bit numbers; its last two bits may be missing carries. */
export function multiplyHigh(aHi: u64, aLo: u64, bHi: u64, bLo: u64): void {
  multiply(aHi, bLo);
  const p = wideHi;
  multiply(aLo, bHi);
  const q = wideHi;
  multiply(aHi, bHi);
  add(wideHi, wideLo, 0, p);
  add(wideHi, wideLo, 0, q);
}

// Remainder of the long division below.
let restHi: u64 = 0;
let restLo: u64 = 0;

/** Next digit, in base 2^64, of (restHi:restLo) / (dHi:dLo). Knuth, TAOCP 2, 4.3.1, algorithm D. */
function nextDigit(dHi: u64, dLo: u64): u64 {
  let q = restHi >= dHi ? <u64>-1 : divide(restHi, restLo, dHi);
  multiply(q, dLo);
  const p1 = wideHi;
  const p0 = wideLo;
  multiply(q, dHi);
  add(wideHi, wideLo, 0, p1);
  let top = restHi - wideHi - u64(restLo < wideLo || (restLo == wideLo && p0 != 0));
  subtract(restLo, 0, wideLo, p0);
  while (<i64>top < 0) {
    q -= 1;
    const before = wideHi;
    add(wideHi, wideLo, dHi, dLo);
    top += u64(wideHi < before || (wideHi == before && dHi != 0));
  }
  restHi = wideHi;
  restLo = wideLo;
  return q;
}

/** 128 bits of the quotient of two fractions, the first smaller, the second with its top bit set. */
export function divideWide(nHi: u64, nLo: u64, dHi: u64, dLo: u64): void {
  restHi = nHi;
  restLo = nLo;
  const hi = nextDigit(dHi, dLo);
  const lo = nextDigit(dHi, dLo);
  result(hi, lo);
}
