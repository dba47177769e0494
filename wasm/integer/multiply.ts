// MUL IMUL DIV IDIV. SDM 2 under each name. Flags the manual leaves undefined: products set S, Z and P by their low half and clear A;
// quotients keep all flags.
import { RAX, RDX } from "../abi/state";
import { U_DST, U_IMM } from "../abi/uop";
import { fault, raise, VECTOR_DE } from "../cpu/fault";
import { FLAG_C, FLAG_O, flagsBits, signExtend } from "../cpu/flags";
import { readDst, readSrc } from "../cpu/operand";
import { getReg, setReg } from "../cpu/state";
import { divideWide, mulHigh, mulHighSigned } from "./wide";

/** The accumulator pair: AX for bytes, else rDX:rAX. */
function setPair<T>(low: T, high: T): void {
  if (sizeof<T>() == 1) {
    setReg<u16>(RAX, <u16>((<u32>low & 0xff) | ((<u32>high & 0xff) << 8)));
  } else {
    setReg<T>(RAX, low);
    setReg<T>(RDX, high);
  }
}

/** The accumulator pair of T up to 32 bits, as one number. */
function getPair<T>(): u64 {
  if (sizeof<T>() == 1) return <u64>getReg<u16>(RAX);
  return ((<u64>getReg<T>(RDX)) << (sizeof<T>() * 8)) | <u64>getReg<T>(RAX);
}

/** C and O say that the product does not fit in its low half. */
function flagsProduct<T>(low: T, overflow: bool): void {
  flagsBits<T>(low, overflow ? FLAG_C | FLAG_O : 0);
}

export function mul<T>(u: usize): void {
  const b = <u64>readSrc<T>(u);
  if (fault) return;
  const a = <u64>getReg<T>(RAX);
  const product = a * b;
  const high = sizeof<T>() == 8 ? mulHigh(a, b) : product >> (sizeof<T>() * 8);
  setPair<T>(<T>product, <T>high);
  flagsProduct<T>(<T>product, high != 0);
}

/** IMUL with one operand. */
export function imul1<T>(u: usize): void {
  const b = signExtend<T>(readSrc<T>(u));
  if (fault) return;
  const a = signExtend<T>(getReg<T>(RAX));
  const product = a * b;
  const high = sizeof<T>() == 8 ? mulHighSigned(a, b) : product >> (sizeof<T>() * 8);
  setPair<T>(<T>product, <T>high);
  flagsProduct<T>(<T>product, productOverflows<T>(a, b));
}

function productOverflows<T>(a: i64, b: i64): bool {
  const product = a * b;
  if (sizeof<T>() == 8) return mulHighSigned(a, b) != product >> 63;
  return signExtend<T>(<T>product) != product;
}

/** IMUL reg, r/m. */
export function imul2<T>(u: usize): void {
  const b = signExtend<T>(readSrc<T>(u));
  if (fault) return;
  const a = signExtend<T>(readDst<T>(u));
  setReg<T>(load<u8>(u, U_DST), <T>(a * b));
  flagsProduct<T>(<T>(a * b), productOverflows<T>(a, b));
}

/** IMUL reg, r/m, imm. */
export function imul3<T>(u: usize): void {
  const a = signExtend<T>(readSrc<T>(u));
  if (fault) return;
  const b = <i64>load<i32>(u, U_IMM);
  setReg<T>(load<u8>(u, U_DST), <T>(a * b));
  flagsProduct<T>(<T>(a * b), productOverflows<T>(a, b));
}

export function div<T>(u: usize): void {
  const divisor = <u64>readSrc<T>(u);
  if (fault) return;
  if (sizeof<T>() == 8) {
    const high = getReg<u64>(RDX);
    const low = getReg<u64>(RAX);
    if (high >= divisor) {
      raise(VECTOR_DE);
      return;
    }
    const quotient = divideWide(high, low, divisor);
    setPair<u64>(quotient, low - quotient * divisor);
  } else {
    const dividend = getPair<T>();
    if (dividend >> (sizeof<T>() * 8) >= divisor) {
      raise(VECTOR_DE);
      return;
    }
    setPair<T>(<T>(dividend / divisor), <T>(dividend % divisor));
  }
}

export function idiv<T>(u: usize): void {
  const divisor = signExtend<T>(readSrc<T>(u));
  if (fault) return;
  if (sizeof<T>() == 8) {
    idiv64(divisor);
    return;
  }
  const pair = getPair<T>();
  const dividend = sizeof<T>() == 1 ? signExtend<u16>(<u16>pair) : sizeof<T>() == 2 ? signExtend<u32>(<u32>pair) : <i64>pair;
  // The quotient of the least i64 by -1 would trap in wasm too.
  if (divisor == 0 || (divisor == -1 && dividend == i64.MIN_VALUE)) {
    raise(VECTOR_DE);
    return;
  }
  const quotient = dividend / divisor;
  if (signExtend<T>(<T>quotient) != quotient) {
    raise(VECTOR_DE);
    return;
  }
  setPair<T>(<T>quotient, <T>(dividend % divisor));
}

/** Divide magnitudes; the remainder takes the sign of the dividend. */
function idiv64(divisor: i64): void {
  let high = getReg<u64>(RDX);
  let low = getReg<u64>(RAX);
  const negative = <i64>high < 0;
  if (negative) {
    high = ~high + u64(low == 0);
    low = 0 - low;
  }
  const by = divisor < 0 ? <u64>(0 - divisor) : <u64>divisor;
  if (high >= by) {
    raise(VECTOR_DE);
    return;
  }
  const magnitude = divideWide(high, low, by);
  const remainder = low - magnitude * by;
  const opposite = negative != divisor < 0;
  if (magnitude > (opposite ? <u64>i64.MIN_VALUE : <u64>i64.MAX_VALUE)) {
    raise(VECTOR_DE);
    return;
  }
  setPair<u64>(opposite ? 0 - magnitude : magnitude, negative ? 0 - remainder : remainder);
}
