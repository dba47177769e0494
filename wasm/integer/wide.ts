// 128-bit products and quotients for the 64-bit forms of MUL, IMUL, DIV and IDIV: pure functions.

/** High half of an unsigned product. */
export function mulHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >> 32);
  const cross = a0 * b1 + (middle & 0xffffffff);
  return a1 * b1 + (middle >> 32) + (cross >> 32);
}

/** High half of a signed product. */
export function mulHighSigned(a: i64, b: i64): i64 {
  return <i64>mulHigh(<u64>a, <u64>b) - (a < 0 ? b : 0) - (b < 0 ? a : 0);
}

/** high:low / divisor, where high < divisor, so that the quotient fits. */
export function divideWide(high: u64, low: u64, divisor: u64): u64 {
  // Long division, one quotient bit a step; `top` is bit 64 of the remainder.
  let remainder = high;
  let quotient = low;
  for (let i = 0; i < 64; i++) {
    const top = remainder >> 63;
    remainder = (remainder << 1) | (quotient >> 63);
    quotient <<= 1;
    if (top || remainder >= divisor) {
      remainder -= divisor;
      quotient |= 1;
    }
  }
  return quotient;
}
