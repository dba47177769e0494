// Instructions that set flags directly: CLC STC CMC CLD STD LAHF SAHF. Not here: CLI STI PUSHF POPF (system).
import { RAX, RFLAGS } from "../abi/state";
import { arithmeticFlags, carry, changeArithmeticFlags, FLAG_A, FLAG_C, FLAG_D, FLAG_P, FLAG_S, FLAG_Z } from "../cpu/flags";
import { getReg, setReg } from "../cpu/state";

const FLAGS_LOW: u32 = FLAG_S | FLAG_Z | FLAG_A | FLAG_P | FLAG_C;
/** AH in the register file. */
const AH: i32 = RAX + 1;

export function clc(u: usize): void {
  changeArithmeticFlags(FLAG_C, 0);
}

export function stc(u: usize): void {
  changeArithmeticFlags(FLAG_C, FLAG_C);
}

export function cmc(u: usize): void {
  changeArithmeticFlags(FLAG_C, carry() ^ FLAG_C);
}

export function cld(u: usize): void {
  store<u32>(RFLAGS, load<u32>(RFLAGS) & ~FLAG_D);
}

export function std(u: usize): void {
  store<u32>(RFLAGS, load<u32>(RFLAGS) | FLAG_D);
}

export function lahf(u: usize): void {
  setReg<u8>(AH, <u8>((arithmeticFlags() & FLAGS_LOW) | 2));
}

export function sahf(u: usize): void {
  changeArithmeticFlags(FLAGS_LOW, <u32>getReg<u8>(AH));
}
