// Arithmetic flags, kept lazily: the kind of the last operation, its first operand and its result, sign-extended to 64 bits so that
// one rule serves every width. SDM 1 "EFLAGS Register". System flags are in abi/state RFLAGS.
import { LAZY_A, LAZY_KIND, LAZY_RESULT, LF_ADD, LF_BITS, LF_EXPLICIT, LF_LOGIC, LF_SUB } from "../abi/lazy-flags";
import { RFLAGS } from "../abi/state";

export const FLAG_C: u32 = 0x1;
export const FLAG_P: u32 = 0x4;
export const FLAG_A: u32 = 0x10;
export const FLAG_Z: u32 = 0x40;
export const FLAG_S: u32 = 0x80;
export const FLAG_T: u32 = 0x100;
export const FLAG_I: u32 = 0x200;
export const FLAG_D: u32 = 0x400;
export const FLAG_O: u32 = 0x800;
export const FLAGS_IOPL: u32 = 0x3000;
export const FLAG_NT: u32 = 0x4000;
export const FLAG_RF: u32 = 0x10000;
export const FLAG_VM: u32 = 0x20000;
export const FLAG_AC: u32 = 0x40000;
export const FLAG_VIF: u32 = 0x80000;
export const FLAG_VIP: u32 = 0x100000;
export const FLAG_ID: u32 = 0x200000;
/** O S Z A P C. */
export const FLAGS_ARITHMETIC: u32 = FLAG_O | FLAG_S | FLAG_Z | FLAG_A | FLAG_P | FLAG_C;

function lazyKind(): i32 {
  return load<i32>(LAZY_KIND);
}

function lazyA(): i64 {
  return load<i64>(LAZY_A);
}

function lazyResult(): i64 {
  return load<i64>(LAZY_RESULT);
}

export function setLazyKind(kind: i32): void {
  store<i32>(LAZY_KIND, kind);
}

function setLazyA(a: i64): void {
  store<i64>(LAZY_A, a);
}

function setLazyResult(result: i64): void {
  store<i64>(LAZY_RESULT, result);
}

/** Sign-extend a value of any unsigned or signed integer type to 64 bits. */
export function signExtend<T>(v: T): i64 {
  if (sizeof<T>() == 1) return <i64>(<i8>v);
  if (sizeof<T>() == 2) return <i64>(<i16>v);
  if (sizeof<T>() == 4) return <i64>(<i32>v);
  return <i64>v;
}

function logSize<T>(): i32 {
  return sizeof<T>() == 1 ? 0 : sizeof<T>() == 2 ? 1 : sizeof<T>() == 4 ? 2 : 3;
}

/** Flags of result = a + b (no carry in). */
export function flagsAdd<T>(a: T, result: T): void {
  setLazyKind(LF_ADD + logSize<T>());
  setLazyA(signExtend<T>(a));
  setLazyResult(signExtend<T>(result));
}

/** Flags of result = a - b (no borrow in). */
export function flagsSub<T>(a: T, result: T): void {
  setLazyKind(LF_SUB + logSize<T>());
  setLazyA(signExtend<T>(a));
  setLazyResult(signExtend<T>(result));
}

/** Flags of a logical operation: C = O = 0, and A = 0 as processors do (the manual leaves it undefined). */
export function flagsLogic<T>(result: T): void {
  setLazyKind(LF_LOGIC);
  setLazyResult(signExtend<T>(result));
}

/** S, Z, P from result; C, O and A as given (FLAG_C | FLAG_O | FLAG_A bits). */
export function flagsBits<T>(result: T, bits: u32): void {
  setLazyKind(LF_BITS);
  setLazyA(<i64>bits);
  setLazyResult(signExtend<T>(result));
}

/** Set all six arithmetic flags from their positions in `bits`; other bits are ignored. */
export function setArithmeticFlags(bits: u32): void {
  setLazyKind(LF_EXPLICIT);
  setLazyA(<i64>(bits & FLAGS_ARITHMETIC));
}

/** Replace those arithmetic flags that `mask` names. */
export function changeArithmeticFlags(mask: u32, bits: u32): void {
  setArithmeticFlags((arithmeticFlags() & ~mask) | (bits & mask));
}

export function carry(): u32 {
  if (lazyKind() >= LF_SUB) return u32(<u64>lazyResult() > <u64>lazyA());
  if (lazyKind() >= LF_ADD) return u32(<u64>lazyResult() < <u64>lazyA());
  if (lazyKind() == LF_LOGIC) return 0;
  return <u32>lazyA() & 1;
}

export function zero(): u32 {
  if (lazyKind() == LF_EXPLICIT) return (<u32>lazyA() >> 6) & 1;
  return u32(lazyResult() == 0);
}

export function sign(): u32 {
  if (lazyKind() == LF_EXPLICIT) return (<u32>lazyA() >> 7) & 1;
  return u32(lazyResult() < 0);
}

export function parity(): u32 {
  if (lazyKind() == LF_EXPLICIT) return (<u32>lazyA() >> 2) & 1;
  return (popcnt<u32>(<u32>lazyResult() & 0xff) & 1) ^ 1;
}

export function overflow(): u32 {
  if (lazyKind() >= LF_ADD) {
    const shift: i64 = (8 << (lazyKind() & 3)) - 1;
    const b = lazyResult() - lazyA();
    // ADD: operands alike, result unlike. SUB: operands unlike, result unlike the first; its second operand is a - result.
    const o = lazyKind() >= LF_SUB ? (lazyA() ^ -b) & (lazyA() ^ lazyResult()) : (lazyA() ^ lazyResult()) & (b ^ lazyResult());
    return <u32>(o >> shift) & 1;
  }
  if (lazyKind() == LF_LOGIC) return 0;
  return (<u32>lazyA() >> 11) & 1;
}

function adjust(): u32 {
  if (lazyKind() >= LF_ADD) {
    const b = lazyKind() >= LF_SUB ? lazyA() - lazyResult() : lazyResult() - lazyA();
    return <u32>(lazyA() ^ b ^ lazyResult()) & FLAG_A;
  }
  if (lazyKind() == LF_LOGIC) return 0;
  return <u32>lazyA() & FLAG_A;
}

/** The six arithmetic flags in their positions. */
export function arithmeticFlags(): u32 {
  if (lazyKind() == LF_EXPLICIT) return <u32>lazyA();
  return carry() | (parity() << 2) | adjust() | (zero() << 6) | (sign() << 7) | (overflow() << 11);
}

/** The whole EFLAGS image. */
export function readFlags(): u32 {
  return (load<u32>(RFLAGS) & ~FLAGS_ARITHMETIC) | arithmeticFlags() | 2;
}

/** Write the whole EFLAGS image, unconditionally. Callers apply the rules of privilege. */
export function writeFlags(value: u32): void {
  store<u64>(RFLAGS, <u64>((value & ~FLAGS_ARITHMETIC) | 2));
  setArithmeticFlags(value);
}

/** Condition code 0-15, as in Jcc, SETcc and CMOVcc. SDM 1 "EFLAGS Condition Codes". */
export function condition(code: i32): bool {
  let r: u32;
  switch (code >> 1) {
    case 0:
      r = overflow();
      break;
    case 1:
      r = carry();
      break;
    case 2:
      r = zero();
      break;
    case 3:
      r = carry() | zero();
      break;
    case 4:
      r = sign();
      break;
    case 5:
      r = parity();
      break;
    case 6:
      r = sign() ^ overflow();
      break;
    default:
      r = zero() | (sign() ^ overflow());
      break;
  }
  return <bool>((r ^ (code & 1)) & 1);
}

/** For translated code, which keeps lazy flags in locals: take them over, and answer. */
function take(kind: i32, a: i32, result: i32): void {
  setLazyKind(kind);
  setLazyA(<i64>a);
  setLazyResult(<i64>result);
}

/** condition() of flags given as kind, first operand and result. */
export function conditionOf(kind: i32, a: i32, result: i32, code: i32): bool {
  take(kind, a, result);
  return condition(code);
}

/** arithmeticFlags() of flags given as kind, first operand and result. */
export function arithmeticFlagsOf(kind: i32, a: i32, result: i32): u32 {
  take(kind, a, result);
  return arithmeticFlags();
}
