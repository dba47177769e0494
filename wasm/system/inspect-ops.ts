// Instructions that ask about selectors: LAR LSL VERR VERW ARPL. SDM 3A "Pointer Validation".
import { U_DST } from "../abi/uop";
import { fault } from "../cpu/fault";
import { changeArithmeticFlags, FLAG_Z } from "../cpu/flags";
import { peekDst, readSrc, writeDst } from "../cpu/operand";
import { setReg } from "../cpu/state";
import {
  accessOf,
  currentPrivilege,
  dplOf,
  isConforming,
  isInTable,
  isNull,
  isReadable,
  isWritableData,
  limitOf,
  readDescriptor,
  systemType,
  USER_SEGMENT,
} from "./descriptor";
import { requireDescriptors } from "./mode";

/** System types that LAR and LSL know, a bit each: TSSs and the LDT; for LAR call gates and the task gate too. */
const LSL_TYPES: u32 = (1 << 1) | (1 << 2) | (1 << 3) | (1 << 9) | (1 << 11);
const LAR_TYPES: u32 = LSL_TYPES | (1 << 4) | (1 << 5) | (1 << 12);

function setZero(on: bool): void {
  changeArithmeticFlags(FLAG_Z, on ? FLAG_Z : 0);
}

/** The descriptor if it can be seen from the current privilege and the selector's RPL, else 0 (which is no valid descriptor). */
function visible(selector: u32, systemTypes: u32): u64 {
  if (isNull(selector) || !isInTable(selector)) return 0;
  const d = readDescriptor(selector, 0);
  if (fault) return 0;
  if (!(accessOf(d) & USER_SEGMENT) && ((systemTypes >> systemType(d)) & 1) == 0) return 0;
  if (!isConforming(d) && (dplOf(d) < currentPrivilege() || dplOf(d) < (selector & 3))) return 0;
  return d;
}

export function lar<T>(u: usize): void {
  if (!requireDescriptors()) return;
  const selector = <u32>readSrc<u16>(u);
  if (fault) return;
  const d = visible(selector, LAR_TYPES);
  if (fault) return;
  setZero(d != 0);
  if (d) setReg<T>(load<u8>(u, U_DST), <T>((d >> 32) & 0xf0ff00));
}

export function lsl<T>(u: usize): void {
  if (!requireDescriptors()) return;
  const selector = <u32>readSrc<u16>(u);
  if (fault) return;
  const d = visible(selector, LSL_TYPES);
  if (fault) return;
  setZero(d != 0);
  if (d) setReg<T>(load<u8>(u, U_DST), <T>limitOf(d));
}

export function verr(u: usize): void {
  if (!requireDescriptors()) return;
  const selector = <u32>readSrc<u16>(u);
  if (fault) return;
  const d = visible(selector, 0);
  if (!fault) setZero(isReadable(d));
}

export function verw(u: usize): void {
  if (!requireDescriptors()) return;
  const selector = <u32>readSrc<u16>(u);
  if (fault) return;
  const d = visible(selector, 0);
  if (!fault) setZero(isWritableData(d));
}

export function arpl(u: usize): void {
  if (!requireDescriptors()) return;
  // Processors ask for write access only if there is something to write.
  const selector = peekDst<u16>(u);
  if (fault) return;
  const rpl = readSrc<u16>(u) & 3;
  const raises = (selector & 3) < rpl;
  if (raises) writeDst<u16>(u, (selector & ~3) | rpl);
  if (!fault) setZero(raises);
}
