// FNINIT, FNCLEX, FLDCW, FNSTCW, FNSTSW. SDM 1 "x87 FPU Control Instructions". The forms without wait do not look at pending errors.
import { FPU_CONTROL, FPU_CS, FPU_DP, FPU_DS, FPU_IP, FPU_OPCODE, FPU_TAGS, RAX } from "../abi/state";
import { fault } from "../cpu/fault";
import { readMem, writeMem } from "../cpu/operand";
import { setReg } from "../cpu/state";
import { available, beginControl, updateError } from "./instruction";
import { ALL_EMPTY, controlWord, SW_CONDITIONS, SW_TOP, setStatusWord, statusWord } from "./registers";

const CONTROL_DEFAULT: u32 = 0x37f;
/** Bits of the control word that can be written; bit 6 reads as one, the other reserved ones as zero. */
const CONTROL_WRITABLE: u32 = 0x1f3f;
const CONTROL_ONES: u32 = 0x40;

export function setControlWord(value: u32): void {
  store<u64>(FPU_CONTROL, <u64>((value & CONTROL_WRITABLE) | CONTROL_ONES));
}

/** State after FNINIT. Register contents stay. SDM 2A "FINIT/FNINIT". */
export function resetX87(): void {
  setControlWord(CONTROL_DEFAULT);
  setStatusWord(0);
  store<u64>(FPU_TAGS, <u64>ALL_EMPTY);
  store<u64>(FPU_OPCODE, 0);
  store<u64>(FPU_IP, 0);
  store<u64>(FPU_CS, 0);
  store<u64>(FPU_DP, 0);
  store<u64>(FPU_DS, 0);
}

export function fninit(u: usize): void {
  if (available()) resetX87();
}

export function fnclex(u: usize): void {
  if (available()) setStatusWord(statusWord() & (SW_CONDITIONS | SW_TOP));
}

export function fldcw(u: usize): void {
  if (!beginControl()) return;
  const value = readMem<u16>(u);
  if (fault) return;
  setControlWord(value);
  updateError();
}

export function fnstcw(u: usize): void {
  if (available()) writeMem<u16>(u, <u16>controlWord());
}

export function fnstswMem(u: usize): void {
  if (available()) writeMem<u16>(u, <u16>statusWord());
}

export function fnstswAx(u: usize): void {
  if (available()) setReg<u16>(RAX, <u16>statusWord());
}
