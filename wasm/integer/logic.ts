// Logical operations: AND OR XOR TEST NOT. SDM 2 under each name.
import { fault } from "../cpu/fault";
import { flagsLogic } from "../cpu/flags";
import { peekDst, readDst, readSrc, writeDst } from "../cpu/operand";

export function and<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const b = readSrc<T>(u);
  if (fault) return;
  const r = <T>(a & b);
  writeDst<T>(u, r);
  if (!fault) flagsLogic<T>(r);
}

export function or<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const b = readSrc<T>(u);
  if (fault) return;
  const r = <T>(a | b);
  writeDst<T>(u, r);
  if (!fault) flagsLogic<T>(r);
}

export function xor<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const b = readSrc<T>(u);
  if (fault) return;
  const r = <T>(a ^ b);
  writeDst<T>(u, r);
  if (!fault) flagsLogic<T>(r);
}

export function test<T>(u: usize): void {
  const a = peekDst<T>(u);
  if (fault) return;
  const b = readSrc<T>(u);
  if (!fault) flagsLogic<T>(<T>(a & b));
}

export function not<T>(u: usize): void {
  const a = readDst<T>(u);
  if (!fault) writeDst<T>(u, <T>~a);
}
