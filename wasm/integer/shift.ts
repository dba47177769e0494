// Shifts and rotates: SHL (SAL) SHR SAR ROL ROR RCL RCR SHLD SHRD. SDM 2 under each name.
// A count of zero, after masking, changes no flag. For counts above one the manual leaves O undefined; processors go on computing it by
// one rule, which these follow: for left shifts C xor the sign, for SHR and right rotates the two top bits of the result differ.

import { RCX } from "../abi/state";
import { U_IMM, U_SRC } from "../abi/uop";
import { fault } from "../cpu/fault";
import { carry, changeArithmeticFlags, FLAG_C, FLAG_O, flagsBits, signExtend } from "../cpu/flags";
import { readDst, readSrc, writeDst } from "../cpu/operand";
import { getReg } from "../cpu/state";
import { bitOf, signBit } from "./alu";

function widthOf<T>(): u32 {
  return sizeof<T>() * 8;
}

/** The count that the processor uses: 5 bits, or 6 for 64-bit operands. */
function maskCount<T>(count: u32): u32 {
  return count & (sizeof<T>() == 8 ? 63 : 31);
}

function count<T>(u: usize): u32 {
  return maskCount<T>(<u32>readSrc<u8>(u));
}

function carryOverflow(c: u32, o: u32): u32 {
  return c | (o << 11);
}

function topBitsDiffer<T>(r: T): u32 {
  return signBit<T>(r) ^ bitOf<T>(r, widthOf<T>() - 2);
}

export function shl<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const n = count<T>(u);
  if (!n) {
    writeDst<T>(u, a);
    return;
  }
  // Counts may exceed the width of 8 and 16 bits: both the result and C shift out.
  const r = <T>((<u64>a) << n);
  const c = n > widthOf<T>() ? 0 : bitOf<T>(a, widthOf<T>() - n);
  writeDst<T>(u, r);
  if (!fault) flagsBits<T>(r, carryOverflow(c, c ^ signBit<T>(r)));
}

export function shr<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const n = count<T>(u);
  if (!n) {
    writeDst<T>(u, a);
    return;
  }
  const r = <T>(<u64>a >> n);
  writeDst<T>(u, r);
  if (!fault) flagsBits<T>(r, carryOverflow(bitOf<T>(a, n - 1), topBitsDiffer<T>(r)));
}

export function sar<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const n = count<T>(u);
  if (!n) {
    writeDst<T>(u, a);
    return;
  }
  const extended = signExtend<T>(a);
  const r = <T>(extended >> n);
  writeDst<T>(u, r);
  if (!fault) flagsBits<T>(r, carryOverflow(<u32>(extended >> (n - 1)) & 1, 0));
}

/** a rotated left by n, 0 <= n < width. */
function rotateLeft<T>(a: T, n: u32): T {
  if (!n) return a;
  return <T>(((<u64>a) << n) | (<u64>a >> (widthOf<T>() - n)));
}

export function rol<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const n = count<T>(u);
  if (!n) {
    writeDst<T>(u, a);
    return;
  }
  const r = rotateLeft<T>(a, n & (widthOf<T>() - 1));
  writeDst<T>(u, r);
  const c = bitOf<T>(r, 0);
  if (!fault) changeArithmeticFlags(FLAG_C | FLAG_O, carryOverflow(c, c ^ signBit<T>(r)));
}

export function ror<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const n = count<T>(u);
  if (!n) {
    writeDst<T>(u, a);
    return;
  }
  const r = rotateLeft<T>(a, (widthOf<T>() - n) & (widthOf<T>() - 1));
  writeDst<T>(u, r);
  if (!fault) changeArithmeticFlags(FLAG_C | FLAG_O, carryOverflow(signBit<T>(r), topBitsDiffer<T>(r)));
}

/**
 * Rotates through carry turn width + 1 bits, so that counts of 8- and 16-bit forms are taken modulo 9 and 17. A count that becomes zero so
 * still sets O.
 */
function throughCarry<T>(n: u32): u32 {
  return sizeof<T>() < 4 ? n % (widthOf<T>() + 1) : n;
}

/** carry:a rotated left by n bits, 0 < n <= width. The new carry is bit width - n of a. */
function rotateCarryLeft<T>(a: T, n: u32, c: u32): T {
  const wide = <u64>a;
  let r = ((<u64>c) << (n - 1)) | (n < 64 ? wide << n : 0);
  if (n > 1) r |= wide >> (widthOf<T>() + 1 - n);
  return <T>r;
}

export function rcl<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const given = count<T>(u);
  if (!given) {
    writeDst<T>(u, a);
    return;
  }
  const n = throughCarry<T>(given);
  const r = n ? rotateCarryLeft<T>(a, n, carry()) : a;
  const c = n ? bitOf<T>(a, widthOf<T>() - n) : carry();
  writeDst<T>(u, r);
  if (!fault) changeArithmeticFlags(FLAG_C | FLAG_O, carryOverflow(c, c ^ signBit<T>(r)));
}

export function rcr<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const given = count<T>(u);
  if (!given) {
    writeDst<T>(u, a);
    return;
  }
  const n = throughCarry<T>(given);
  const r = n ? rotateCarryLeft<T>(a, widthOf<T>() + 1 - n, carry()) : a;
  const c = n ? bitOf<T>(a, n - 1) : carry();
  writeDst<T>(u, r);
  if (!fault) changeArithmeticFlags(FLAG_C | FLAG_O, carryOverflow(c, topBitsDiffer<T>(r)));
}

/** Shift `a` left, bits of `fill` coming in from the right. 16-bit counts above 16 take `fill` twice. */
function shiftLeftDouble<T>(u: usize, n: u32): void {
  const a = readDst<T>(u);
  if (fault) return;
  if (!n) {
    writeDst<T>(u, a);
    return;
  }
  const fill = getReg<T>(load<u8>(u, U_SRC));
  let r: T;
  let c: u32;
  if (sizeof<T>() == 2) {
    const wide = ((<u64>a) << 32) | ((<u64>fill) << 16) | <u64>fill;
    r = <T>(wide >> (32 - n));
    c = <u32>(wide >> (48 - n)) & 1;
  } else {
    r = <T>((a << (<T>n)) | (fill >> <T>(widthOf<T>() - n)));
    c = bitOf<T>(a, widthOf<T>() - n);
  }
  writeDst<T>(u, r);
  if (!fault) flagsBits<T>(r, carryOverflow(c, signBit<T>(a) ^ signBit<T>(r)));
}

/** Shift `a` right, bits of `fill` coming in from the left. */
function shiftRightDouble<T>(u: usize, n: u32): void {
  const a = readDst<T>(u);
  if (fault) return;
  if (!n) {
    writeDst<T>(u, a);
    return;
  }
  const fill = getReg<T>(load<u8>(u, U_SRC));
  let r: T;
  let c: u32;
  if (sizeof<T>() == 2) {
    const wide = ((<u64>fill) << 32) | ((<u64>fill) << 16) | <u64>a;
    r = <T>(wide >> n);
    c = <u32>(wide >> (n - 1)) & 1;
  } else {
    r = <T>((a >> <T>n) | (fill << (<T>(widthOf<T>() - n))));
    c = bitOf<T>(a, n - 1);
  }
  writeDst<T>(u, r);
  if (!fault) flagsBits<T>(r, carryOverflow(c, signBit<T>(a) ^ signBit<T>(r)));
}

export function shldImm<T>(u: usize): void {
  shiftLeftDouble<T>(u, maskCount<T>(load<u32>(u, U_IMM)));
}

export function shldCl<T>(u: usize): void {
  shiftLeftDouble<T>(u, maskCount<T>(<u32>getReg<u8>(RCX)));
}

export function shrdImm<T>(u: usize): void {
  shiftRightDouble<T>(u, maskCount<T>(load<u32>(u, U_IMM)));
}

export function shrdCl<T>(u: usize): void {
  shiftRightDouble<T>(u, maskCount<T>(<u32>getReg<u8>(RCX)));
}
