// Instructions on descriptor-table registers and the task register: LGDT LIDT SGDT SIDT LLDT SLDT LTR STR.
import { GDTR_BASE, GDTR_LIMIT, IDTR_BASE, IDTR_LIMIT, LDTR, TR } from "../abi/state";
import {
  VMEXIT_GDTR_READ,
  VMEXIT_GDTR_WRITE,
  VMEXIT_IDTR_READ,
  VMEXIT_IDTR_WRITE,
  VMEXIT_LDTR_READ,
  VMEXIT_LDTR_WRITE,
  VMEXIT_TR_READ,
  VMEXIT_TR_WRITE,
} from "../abi/svm";
import { U_DST, U_FLAGS, U_SIZE, UF_DST_MEM } from "../abi/uop";
import { fault, raise, VECTOR_GP, VECTOR_NP } from "../cpu/fault";
import { probeMem, readMemAt, readSrc, writeMem, writeMemAt } from "../cpu/operand";
import { setReg } from "../cpu/state";
import {
  isNull,
  isPresent,
  raiseSelector,
  readDescriptor,
  setBusy,
  systemType,
  TSS_BUSY,
  TYPE_LDT,
  TYPE_TSS16,
  TYPE_TSS32,
} from "./descriptor";
import { allowedByUmip, requireDescriptors, requireRing0 } from "./mode";
import { selectorOf, setNull, setSegment } from "./segment";
import { intercepted } from "./svm/intercept";

/** LGDT, LIDT: with 16-bit operand size the base has 24 bits. */
function loadTable(u: usize, base: usize, limit: usize, exit: i32): void {
  if (!requireRing0() || intercepted(u, exit)) return;
  const size = readMemAt<u16>(u, 0);
  if (fault) return;
  const address = readMemAt<u32>(u, 2);
  if (fault) return;
  store<u64>(base, <u64>(load<u8>(u, U_SIZE) == 2 ? address & 0xffffff : address));
  store<u64>(limit, <u64>size);
}

/** SGDT, SIDT: the whole base is stored, whatever the operand size. */
function storeTable(u: usize, base: usize, limit: usize, exit: i32): void {
  if (!allowedByUmip() || intercepted(u, exit)) return;
  probeMem(u, 6);
  if (!fault) writeMemAt<u16>(u, 0, load<u16>(limit));
  if (!fault) writeMemAt<u32>(u, 2, load<u32>(base));
}

export function lgdt(u: usize): void {
  loadTable(u, GDTR_BASE, GDTR_LIMIT, VMEXIT_GDTR_WRITE);
}

export function lidt(u: usize): void {
  loadTable(u, IDTR_BASE, IDTR_LIMIT, VMEXIT_IDTR_WRITE);
}

export function sgdt(u: usize): void {
  storeTable(u, GDTR_BASE, GDTR_LIMIT, VMEXIT_GDTR_READ);
}

export function sidt(u: usize): void {
  storeTable(u, IDTR_BASE, IDTR_LIMIT, VMEXIT_IDTR_READ);
}

/** Store 16 bits in memory, or zero-extended in a register of the operand size (SLDT, STR). */
function storeSelector(u: usize, n: i32, exit: i32): void {
  if (!requireDescriptors() || !allowedByUmip() || intercepted(u, exit)) return;
  const selector = selectorOf(n);
  if (load<u8>(u, U_FLAGS) & UF_DST_MEM) writeMem<u16>(u, <u16>selector);
  else if (load<u8>(u, U_SIZE) == 2) setReg<u16>(load<u8>(u, U_DST), <u16>selector);
  else setReg<u32>(load<u8>(u, U_DST), selector);
}

export function sldt(u: usize): void {
  storeSelector(u, LDTR, VMEXIT_LDTR_READ);
}

export function str(u: usize): void {
  storeSelector(u, TR, VMEXIT_TR_READ);
}

export function lldt(u: usize): void {
  if (!requireDescriptors() || !requireRing0() || intercepted(u, VMEXIT_LDTR_WRITE)) return;
  const selector = <u32>readSrc<u16>(u);
  if (fault) return;
  if (isNull(selector)) {
    setNull(LDTR, selector);
    return;
  }
  const d = selector & 4 ? 0 : readDescriptor(selector, VECTOR_GP);
  if (fault) return;
  if (systemType(d) != TYPE_LDT) raiseSelector(VECTOR_GP, selector);
  else if (!isPresent(d)) raiseSelector(VECTOR_NP, selector);
  else setSegment(LDTR, selector, d);
}

export function ltr(u: usize): void {
  if (!requireDescriptors() || !requireRing0() || intercepted(u, VMEXIT_TR_WRITE)) return;
  const selector = <u32>readSrc<u16>(u);
  if (fault) return;
  if (isNull(selector)) {
    raise(VECTOR_GP);
    return;
  }
  const d = selector & 4 ? 0 : readDescriptor(selector, VECTOR_GP);
  if (fault) return;
  const type = systemType(d);
  if (type != TYPE_TSS16 && type != TYPE_TSS32) raiseSelector(VECTOR_GP, selector);
  else if (!isPresent(d)) raiseSelector(VECTOR_NP, selector);
  else {
    setBusy(selector, true);
    if (!fault) setSegment(TR, selector, d | ((<u64>TSS_BUSY) << 40));
  }
}
