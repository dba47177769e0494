// Instructions that move registers or change them exactly: FXCH, FCHS, FABS, FINCSTP, FDECSTP, FFREE, FFREEP, FNOP.
import { U_DST, U_SRC } from "../abi/uop";
import { INDEFINITE_EXP } from "../softfloat/f80";
import { INDEFINITE } from "../softfloat/number";
import { available, begin, beginControl, completeQuietly, stackFault, underflowTo } from "./instruction";
import { isReady, isSlotEmpty, put, settle, slot, slotAddress } from "./quick";
import { decrementTop, incrementTop, isEmpty, popStack, setEmpty, stAddress, writeSt } from "./registers";

function exchangeRegisters(i: u32): void {
  const a = stAddress(0);
  const b = stAddress(i);
  const sig = load<u64>(a);
  const signExponent = load<u16>(a, 8);
  writeSt(0, load<u64>(b), load<u16>(b, 8));
  writeSt(i, sig, signExponent);
}

function quickExchange(u: usize, i: u32): bool {
  const top = slot(0);
  const other = slot(i);
  if (!isReady() || isSlotEmpty(top) || isSlotEmpty(other)) return false;
  const a = slotAddress(top);
  const b = slotAddress(other);
  const sig = load<u64>(a);
  const signExponent = load<u16>(a, 8);
  put(a, load<u64>(b), load<u16>(b, 8));
  put(b, sig, signExponent);
  settle(u, 0);
  return true;
}

/** An empty register counts as indefinite if the stack fault is masked. */
export function fxch(u: usize): void {
  const i = load<u8>(u, U_SRC);
  if (quickExchange(u, i) || !begin()) return;
  if (isEmpty(0) || isEmpty(i)) {
    if (!stackFault(u, false)) return;
    if (isEmpty(0)) writeSt(0, INDEFINITE, INDEFINITE_EXP);
    if (isEmpty(i)) writeSt(i, INDEFINITE, INDEFINITE_EXP);
  } else completeQuietly(u);
  exchangeRegisters(i);
}

/** Change the sign of ST(0): keep the bits of `keep`, then flip those of `flip`. NaNs and unsupported values are no exception. */
function changeSign(u: usize, keep: u32, flip: u32): void {
  const top = slot(0);
  if (isReady() && !isSlotEmpty(top)) {
    const at = slotAddress(top);
    store<u32>(at, (load<u16>(at, 8) & keep) ^ flip, 8);
    settle(u, 0);
    return;
  }
  if (!begin()) return;
  if (isEmpty(0)) {
    underflowTo(u, 0);
    return;
  }
  const at = stAddress(0);
  writeSt(0, load<u64>(at), (<u32>load<u16>(at, 8) & keep) ^ flip);
  completeQuietly(u);
}

export function fchs(u: usize): void {
  changeSign(u, 0xffff, 0x8000);
}

export function fabs(u: usize): void {
  changeSign(u, 0x7fff, 0);
}

export function fincstp(u: usize): void {
  if (!begin()) return;
  incrementTop();
  completeQuietly(u);
}

export function fdecstp(u: usize): void {
  if (!begin()) return;
  decrementTop();
  completeQuietly(u);
}

export function ffree(u: usize): void {
  if (!begin()) return;
  setEmpty(load<u8>(u, U_DST));
  completeQuietly(u);
}

/** Undocumented: FFREE, then pop. */
export function ffreep(u: usize): void {
  if (!begin()) return;
  setEmpty(load<u8>(u, U_DST));
  completeQuietly(u);
  popStack();
}

/** FNENI, FNDISI and FNSETPM of the 8087 and 80287: nothing since the 80387, and they do not wait for a pending error. */
export function fnignored(u: usize): void {
  available();
}

export function fnop(u: usize): void {
  beginControl();
}
