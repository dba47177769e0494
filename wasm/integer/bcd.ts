// Decimal adjustment: DAA DAS AAA AAS AAM AAD. SDM 2 under each name. None of them exists in 64-bit mode.
import { RAX } from "../abi/state";
import { U_IMM } from "../abi/uop";
import { raise, VECTOR_DE } from "../cpu/fault";
import { arithmeticFlags, carry, FLAG_A, FLAG_C, flagsBits } from "../cpu/flags";
import { getReg, setReg } from "../cpu/state";

/** AL needs its low digit adjusted. */
function lowDigitOver(al: u32): bool {
  return (al & 15) > 9 || (arithmeticFlags() & FLAG_A) != 0;
}

function adjustDecimal(subtract: bool): void {
  const al = <u32>getReg<u8>(RAX);
  const low = lowDigitOver(al);
  const high = al > 0x99 || carry() != 0;
  const correction: u32 = (low ? 6 : 0) + (high ? 0x60 : 0);
  const r = subtract ? al - correction : al + correction;
  // A borrow of the low digit alone sets C too. SDM 2 "DAS"; DAA cannot carry there without being over 99H.
  const c = high || (subtract && low && al < 6);
  setReg<u8>(RAX, <u8>r);
  flagsBits<u8>(<u8>r, (low ? FLAG_A : 0) | (c ? FLAG_C : 0));
}

export function daa(u: usize): void {
  adjustDecimal(false);
}

export function das(u: usize): void {
  adjustDecimal(true);
}

function adjustAscii(step: u32): void {
  const ax = <u32>getReg<u16>(RAX);
  const over = lowDigitOver(ax);
  // 106H: the low digit's correction and the carry into AH, in one addition. SDM 2 "AAA".
  const r = over ? ax + step : ax;
  setReg<u16>(RAX, <u16>(r & 0xff0f));
  flagsBits<u8>(<u8>(r & 15), over ? FLAG_A | FLAG_C : 0);
}

export function aaa(u: usize): void {
  adjustAscii(0x106);
}

export function aas(u: usize): void {
  adjustAscii(<u32>-0x106);
}

export function aam(u: usize): void {
  const base = load<u32>(u, U_IMM) & 0xff;
  if (!base) {
    raise(VECTOR_DE);
    return;
  }
  const al = <u32>getReg<u8>(RAX);
  setReg<u16>(RAX, <u16>(((al / base) << 8) | (al % base)));
  flagsBits<u8>(<u8>(al % base), 0);
}

export function aad(u: usize): void {
  const ax = <u32>getReg<u16>(RAX);
  const r = <u8>((ax & 0xff) + (ax >> 8) * (load<u32>(u, U_IMM) & 0xff));
  setReg<u16>(RAX, <u16>r);
  flagsBits<u8>(r, 0);
}
