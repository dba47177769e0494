// Carry, adjust and overflow of additions and subtractions with a carry in: pure functions of the operands and the result, any width.
// SDM 1 "EFLAGS Register". What they return goes to flagsBits().
import { FLAG_A } from "../cpu/flags";

/** Bit `n` of a value. */
export function bitOf<T>(v: T, n: u32): u32 {
  return <u32>(<u64>v >> n) & 1;
}

/** The most significant bit: 0 or 1. */
export function signBit<T>(v: T): u32 {
  return bitOf<T>(v, sizeof<T>() * 8 - 1);
}

function flagBits<T>(carries: T, half: T, overflows: T): u32 {
  return signBit<T>(carries) | (<u32>half & FLAG_A) | (signBit<T>(overflows) << 11);
}

/** C, A and O of r = a + b + carry. */
export function addBits<T>(a: T, b: T, r: T): u32 {
  return flagBits<T>(<T>((a & b) | ((a | b) & ~r)), <T>(a ^ b ^ r), <T>((a ^ r) & (b ^ r)));
}

/** C, A and O of r = a - b - borrow. */
export function subBits<T>(a: T, b: T, r: T): u32 {
  return flagBits<T>(<T>((~a & b) | ((~a | b) & r)), <T>(a ^ b ^ r), <T>((a ^ b) & (a ^ r)));
}
