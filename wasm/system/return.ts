// Far RET and IRET: real and virtual-8086 mode, to the same and to outer privilege, into virtual-8086 mode, and to the calling task.
import { CPL, CS, DS, ES, FS, GS, NMI_BLOCKED, REGS, RFLAGS, RSP, SEG_LIMIT, SS } from "../abi/state";
import { VMEXIT_IRET } from "../abi/svm";
import { U_IMM, U_SIZE } from "../abi/uop";
import { fault, raise, VECTOR_GP, VECTOR_NP } from "../cpu/fault";
import {
  FLAG_AC,
  FLAG_D,
  FLAG_I,
  FLAG_ID,
  FLAG_NT,
  FLAG_RF,
  FLAG_T,
  FLAG_VIF,
  FLAG_VIP,
  FLAG_VM,
  FLAGS_ARITHMETIC,
  FLAGS_IOPL,
  readFlags,
  writeFlags,
} from "../cpu/flags";
import { selectTlb } from "../cpu/memory";
import { moveStack, readStack, setStackPointer } from "../cpu/stack";
import { segment, setModeChanged, setRip } from "../cpu/state";
import {
  currentPrivilege,
  dplOf,
  isCode,
  isConforming,
  isNull,
  isPresent,
  limitOf,
  markAccessed,
  raiseSelector,
  readDescriptor,
} from "./descriptor";
import { frameAtHand } from "./frame";
import { finishTransfer } from "./interrupt";
import { CR4_VME, cr4Has, ioPrivilege, isProtected, isVirtual8086, setPrivilege, usesDescriptors } from "./mode";
import { dropInnerSegments, setCode, setParagraph, setSegment, setVirtualSegment, stackDescriptor } from "./segment";
import { intercepted } from "./svm/intercept";
import { returnFromTask } from "./task";

const FLAGS_USER: u32 = FLAGS_ARITHMETIC | FLAG_T | FLAG_D | FLAG_NT;
const FLAGS_UPPER: u32 = FLAG_RF | FLAG_AC | FLAG_ID;

function stackSlot(size: u32, index: i32): u64 {
  return size == 4 ? <u64>readStack<u32>(index * 4) : <u64>readStack<u16>(index * 2);
}

/** Replace those flags that `mask` names. */
export function changeFlags(mask: u32, image: u32): void {
  const old = (mask & FLAGS_ARITHMETIC) == FLAGS_ARITHMETIC ? load<u32>(RFLAGS) : readFlags();
  const value = (old & ~mask) | (image & mask);
  writeFlags(value);
  if ((old ^ value) & FLAG_AC) selectTlb();
}

/** Descriptor of the code segment to return to, checked. */
function returnDescriptor(selector: u32): u64 {
  if (isNull(selector)) {
    raise(VECTOR_GP);
    return 0;
  }
  const d = readDescriptor(selector, VECTOR_GP);
  if (fault) return 0;
  const rpl = selector & 3;
  const fits = isConforming(d) ? dplOf(d) <= rpl : dplOf(d) == rpl;
  if (rpl < currentPrivilege() || !isCode(d) || !fits) {
    raiseSelector(VECTOR_GP, selector);
    return 0;
  }
  if (!isPresent(d)) {
    raiseSelector(VECTOR_NP, selector);
    return 0;
  }
  return markAccessed(selector, d);
}

/**
 * Return to selector:rip. `popped` is the size of the frame up to the outer SS:ESP, if there is one; `released` the parameters of RET n
 * that the outer stack holds too.
 */
function returnTo(selector: u32, rip: u64, size: u32, popped: i64, released: u32): void {
  const d = returnDescriptor(selector);
  if (fault) return;
  if (rip > limitOf(d)) {
    raise(VECTOR_GP);
    return;
  }
  const cpl = selector & 3;
  if (cpl == currentPrivilege()) {
    moveStack(popped);
    setCode(selector, d, cpl);
    setRip(rip);
    return;
  }
  const frame = size == 4 ? frameAtHand(<u32>popped + 6) : 0;
  const sp = frame ? <u64>load<u32>(frame + <usize>popped) : size == 4 ? <u64>readStack<u32>(popped) : <u64>readStack<u16>(popped);
  if (fault) return;
  const ss = <u32>(frame ? load<u16>(frame + <usize>popped, 4) : readStack<u16>(popped + size));
  if (fault) return;
  const stack = stackDescriptor(ss, cpl, VECTOR_GP);
  if (fault) return;
  setSegment(SS, ss, stack);
  setStackPointer(sp + released);
  setCode(selector, d, cpl);
  setRip(rip);
  dropInnerSegments();
}

function retFar(size: u32, released: u32): void {
  const rip = stackSlot(size, 0);
  if (fault) return;
  const selector = <u32>stackSlot(size, 1) & 0xffff;
  if (fault) return;
  const popped = <i64>(size * 2 + released);
  if (usesDescriptors()) returnTo(selector, rip, size, popped, released);
  else if (rip > <u64>load<u32>(segment(CS), SEG_LIMIT)) raise(VECTOR_GP);
  else {
    moveStack(popped);
    setParagraph(CS, selector);
    setRip(rip);
  }
}

export function retFarPlain(u: usize): void {
  retFar(load<u8>(u, U_SIZE), 0);
}

export function retFarPop(u: usize): void {
  retFar(load<u8>(u, U_SIZE), load<u32>(u, U_IMM) & 0xffff);
}

/** Which flags an IRET or a POPF from privilege `cpl` may change. */
export function changeableFlags(cpl: u32, size: u32): u32 {
  let mask = FLAGS_USER;
  if (size == 4) mask |= FLAGS_UPPER;
  if (cpl <= ioPrivilege()) mask |= FLAG_I;
  if (cpl == 0) mask |= FLAGS_IOPL;
  return mask;
}

/** IRET in real mode, or in virtual-8086 mode with IOPL 3. */
function iretParagraph(size: u32, mask: u32): void {
  const rip = stackSlot(size, 0);
  if (fault) return;
  const selector = <u32>stackSlot(size, 1) & 0xffff;
  if (fault) return;
  const image = <u32>stackSlot(size, 2);
  if (fault) return;
  if (rip > <u64>load<u32>(segment(CS), SEG_LIMIT)) {
    raise(VECTOR_GP);
    return;
  }
  moveStack(size * 3);
  setParagraph(CS, selector);
  setRip(rip);
  changeFlags(mask, image);
}

/** IRET in virtual-8086 mode with IOPL < 3: SDM 3B table "Virtual-8086 Mode Extensions": VIF stands in for IF. */
function iretVirtualInterrupts(): void {
  const image = <u32>stackSlot(2, 2);
  if (fault) return;
  if ((image & FLAG_T) != 0 || ((image & FLAG_I) != 0 && (load<u32>(RFLAGS) & FLAG_VIP) != 0)) {
    raise(VECTOR_GP);
    return;
  }
  iretParagraph(2, FLAGS_USER);
  if (!fault) changeFlags(FLAG_VIF, image & FLAG_I ? FLAG_VIF : 0);
}

function iretVirtual8086(size: u32): void {
  if (ioPrivilege() == 3) iretParagraph(size, changeableFlags(3, size));
  else if (size == 2 && cr4Has(CR4_VME)) iretVirtualInterrupts();
  else raise(VECTOR_GP);
}

/** From ring 0 into virtual-8086 mode: EIP CS EFLAGS ESP SS ES DS FS GS, 4 bytes each. */
function iretToVirtual8086(rip: u64, selector: u32, image: u32): void {
  const sp = stackSlot(4, 3);
  if (fault) return;
  stackSlot(4, 8);
  if (fault) return;
  if (rip > 0xffff) {
    raise(VECTOR_GP);
    return;
  }
  const ss = <u32>stackSlot(4, 4) & 0xffff;
  const es = <u32>stackSlot(4, 5) & 0xffff;
  const ds = <u32>stackSlot(4, 6) & 0xffff;
  const fs = <u32>stackSlot(4, 7) & 0xffff;
  const gs = <u32>stackSlot(4, 8) & 0xffff;
  if (fault) return;
  writeFlags(image & (FLAGS_USER | FLAGS_UPPER | FLAG_I | FLAGS_IOPL | FLAG_VM | FLAG_VIF | FLAG_VIP));
  setVirtualSegment(ES, es);
  setVirtualSegment(CS, selector);
  setVirtualSegment(SS, ss);
  setVirtualSegment(DS, ds);
  setVirtualSegment(FS, fs);
  setVirtualSegment(GS, gs);
  store<u64>(REGS + RSP, sp);
  setRip(rip);
  setPrivilege(3);
  setModeChanged(true);
  selectTlb();
}

function iretProtected(size: u32): void {
  const frame = size == 4 ? frameAtHand(12) : 0;
  const rip = frame ? <u64>load<u32>(frame) : stackSlot(size, 0);
  if (fault) return;
  const selector = <u32>(frame ? <u64>load<u32>(frame, 4) : stackSlot(size, 1)) & 0xffff;
  if (fault) return;
  const image = frame ? load<u32>(frame, 8) : <u32>stackSlot(size, 2);
  if (fault) return;
  const cpl = load<u32>(CPL);
  if (size == 4 && cpl == 0 && (image & FLAG_VM) != 0) {
    iretToVirtual8086(rip, selector, image);
    return;
  }
  let mask = changeableFlags(cpl, size);
  if (cpl == 0 && size == 4) mask |= FLAG_VIF | FLAG_VIP;
  returnTo(selector, rip, size, size * 3, 0);
  if (!fault) changeFlags(mask, image);
}

export function iret(u: usize): void {
  if (intercepted(u, VMEXIT_IRET)) return;
  const size = <u32>load<u8>(u, U_SIZE);
  // Even an IRET that faults lets NMIs in again. SDM 3A "Handling Multiple NMIs".
  store<u32>(NMI_BLOCKED, 0);
  if (isVirtual8086()) iretVirtual8086(size);
  else if (!isProtected()) iretParagraph(size, changeableFlags(0, size));
  else if (load<u32>(RFLAGS) & FLAG_NT) returnFromTask();
  else iretProtected(size);
  finishTransfer();
}
