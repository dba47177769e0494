// Hardware task switches through 16-bit and 32-bit task-state segments. SDM 3A "Task Management".
// A fault before the commit point leaves the old task untouched; a later one (#TS #NP #SS #GP of the new task's segments) belongs to the
// new task and is delivered there: `taskSwitched` says so. Not modelled: task-switch debug traps through BTF.
import { CR0, CR3, DRS, PENDING_DEBUG, REGS, SEG_BASE, TR } from "../abi/state";
import { TASK_BY_IRET_BIT, TASK_BY_JUMP_BIT, TASK_HAS_CODE_BIT, TASK_RF_BIT, VMEXIT_TASK_SWITCH } from "../abi/svm";
import { fault, raiseExit, VECTOR_GP, VECTOR_NP, VECTOR_TS } from "../cpu/fault";
import { FLAG_NT, FLAG_RF, readFlags, writeFlags } from "../cpu/flags";
import { probeSystemWrite, readSystem, selectTlb, writeSystem } from "../cpu/memory";
import { loadPdptes } from "../cpu/paging";
import { getRip, segment, segmentIsUsable, setModeChanged, setRip } from "../cpu/state";
import { flushTlb } from "../cpu/tlb";
import {
  baseOf,
  busyAddress,
  isInTable,
  isPresent,
  limitOf,
  raiseSelector,
  readDescriptor,
  setBusy,
  systemType,
  TSS_BUSY,
  TYPE_32,
  TYPE_TSS16,
  TYPE_TSS16_BUSY,
  TYPE_TSS32,
  TYPE_TSS32_BUSY,
} from "./descriptor";
import { eventCode, eventHasCode } from "./interrupt";
import { CR0_PG, CR0_TS, CR4_PAE, cr4Has, DR6_BT } from "./mode";
import { selectorOf, setSegment } from "./segment";
import { isIntercepted, setExit } from "./svm/intercept";
import { loadTaskSegments } from "./task-segments";
import { tssIs32 } from "./tss";

export const TASK_JMP: i32 = 0;
const TASK_IRET: i32 = 1;
/** CALL, and interrupts and exceptions: the new task is nested. */
export const TASK_CALL: i32 = 2;
export const TASK_EVENT: i32 = 3;

function isNested(kind: i32): bool {
  return kind >= TASK_CALL;
}

/** The last switch passed its commit point: the state is the new task's, and a pending fault is too. */
export let taskSwitched: bool = false;

export function clearTaskSwitched(): void {
  taskSwitched = false;
}

const FLAGS_32: u32 = 0x3f7fd5;

/** What the new TSS holds: EIP, EFLAGS, 8 general registers, 6 segment selectors, LDT, CR3, the T bit. */
const image: StaticArray<u32> = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const IMAGE_REGS: i32 = 2;
const IMAGE_SEGS: i32 = 10;
const IMAGE_LDT: i32 = 16;
const IMAGE_CR3: i32 = 17;
const IMAGE_TRAP: i32 = 18;

/** Descriptor of an available TSS named by a task gate, or by a far JMP or CALL. Raises #GP or #NP with the selector. */
export function availableTask(selector: u32): u64 {
  const d = (selector & 4) == 0 && isInTable(selector) ? readDescriptor(selector, VECTOR_GP) : 0;
  if (fault) return 0;
  const type = systemType(d);
  if (type != TYPE_TSS16 && type != TYPE_TSS32) {
    raiseSelector(VECTOR_GP, selector);
    return 0;
  }
  if (!isPresent(d)) raiseSelector(VECTOR_NP, selector);
  return d;
}

/** IRET with NT set: back to the task that the back link names. */
export function returnFromTask(): void {
  const selector = <u32>readSystem<u16>(load<u64>(segment(TR), SEG_BASE));
  if (fault) return;
  const d = (selector & 4) == 0 && isInTable(selector) ? readDescriptor(selector, VECTOR_TS) : 0;
  if (fault) return;
  const type = systemType(d);
  if (type != TYPE_TSS16_BUSY && type != TYPE_TSS32_BUSY) raiseSelector(VECTOR_TS, selector);
  else if (!isPresent(d)) raiseSelector(VECTOR_NP, selector);
  else switchTask(selector, d, TASK_IRET, readFlags());
}

function read32(base: u64): void {
  for (let i = 0; i < 10; i++) image[i] = readSystem<u32>((base + 0x20 + i * 4) & 0xffffffff);
  for (let i = 0; i < 7; i++) image[IMAGE_SEGS + i] = <u32>readSystem<u16>((base + 0x48 + i * 4) & 0xffffffff);
  image[IMAGE_CR3] = readSystem<u32>((base + 0x1c) & 0xffffffff);
  image[IMAGE_TRAP] = <u32>readSystem<u16>((base + 0x64) & 0xffffffff) & 1;
}

function read16(base: u64): void {
  for (let i = 0; i < 10; i++) image[i] = <u32>readSystem<u16>((base + 0xe + i * 2) & 0xffffffff);
  // The upper halves of the general registers become ones, as on the 386 and later; the manual is silent.
  for (let i = IMAGE_REGS; i < IMAGE_SEGS; i++) image[i] |= 0xffff0000;
  for (let i = 0; i < 4; i++) image[IMAGE_SEGS + i] = <u32>readSystem<u16>((base + 0x22 + i * 2) & 0xffffffff);
  image[IMAGE_SEGS + 4] = 0;
  image[IMAGE_SEGS + 5] = 0;
  image[IMAGE_LDT] = <u32>readSystem<u16>((base + 0x2a) & 0xffffffff);
  image[IMAGE_CR3] = 0;
  image[IMAGE_TRAP] = 0;
}

/** Raise what saving the old task and marking the new one may raise. */
function probeSwitch(selector: u32, base: u64, kind: i32): void {
  const old = load<u64>(segment(TR), SEG_BASE);
  const big = tssIs32();
  probeSystemWrite((old + (big ? 0x20 : 0xe)) & 0xffffffff, big ? 0x40 : 0x1c);
  if (!fault) probeSystemWrite(busyAddress(selector), 1);
  if (!fault && !isNested(kind)) probeSystemWrite(busyAddress(selectorOf(TR)), 1);
  if (!fault && isNested(kind)) probeSystemWrite(base, 2);
}

function save(flags: u32): void {
  const base = load<u64>(segment(TR), SEG_BASE);
  if (tssIs32()) {
    writeSystem<u32>((base + 0x20) & 0xffffffff, <u32>getRip());
    writeSystem<u32>((base + 0x24) & 0xffffffff, flags);
    for (let i = 0; i < 8; i++) writeSystem<u32>((base + 0x28 + i * 4) & 0xffffffff, load<u32>(REGS + ((<usize>i) << 3)));
    for (let i = 0; i < 6; i++) writeSystem<u16>((base + 0x48 + i * 4) & 0xffffffff, <u16>selectorOf(i));
  } else {
    writeSystem<u16>((base + 0xe) & 0xffffffff, <u16>getRip());
    writeSystem<u16>((base + 0x10) & 0xffffffff, <u16>flags);
    for (let i = 0; i < 8; i++) writeSystem<u16>((base + 0x12 + i * 2) & 0xffffffff, load<u16>(REGS + ((<usize>i) << 3)));
    for (let i = 0; i < 4; i++) writeSystem<u16>((base + 0x22 + i * 2) & 0xffffffff, <u16>selectorOf(i));
  }
}

/** The part of the new task that can not fault, but for reserved bits in PDPTEs. */
function enter(big: bool, nested: bool): void {
  store<u32>(CR0, load<u32>(CR0) | CR0_TS);
  store<u64>(DRS + 56, load<u64>(DRS + 56) & ~0x155);
  const flags = (big ? image[1] & FLAGS_32 : image[1] & 0x7fd5) | (nested ? FLAG_NT : 0);
  writeFlags(flags);
  setRip(image[0]);
  for (let i = 0; i < 8; i++) store<u64>(REGS + ((<usize>i) << 3), <u64>image[IMAGE_REGS + i]);
  setModeChanged(true);
  selectTlb();
  if (big && (load<u32>(CR0) & CR0_PG) != 0) {
    store<u64>(CR3, <u64>image[IMAGE_CR3]);
    flushTlb(false);
    if (cr4Has(CR4_PAE)) loadPdptes();
  }
}

/** AMD APM vol. 2 "Task Switch Intercept". The error code is that of an event that a task gate handles. */
function exitInsteadOfSwitch(selector: u32, kind: i32, flags: u32): void {
  let info: u64 = 0;
  if (kind == TASK_IRET) info |= (<u64>1) << TASK_BY_IRET_BIT;
  if (kind == TASK_JMP) info |= (<u64>1) << TASK_BY_JUMP_BIT;
  if (kind == TASK_EVENT && eventHasCode) info |= ((<u64>1) << TASK_HAS_CODE_BIT) | <u64>eventCode;
  if (flags & FLAG_RF) info |= (<u64>1) << TASK_RF_BIT;
  setExit(VMEXIT_TASK_SWITCH, <u64>selector, info, 0);
  raiseExit();
}

/**
 * Switch to the task of a TSS descriptor already checked for type and presence. `flags` is the EFLAGS image that the old task keeps;
 * RIP in the state is where it resumes.
 */
export function switchTask(selector: u32, d: u64, kind: i32, flags: u32): void {
  const big = (systemType(d) & TYPE_32) != 0;
  const base = baseOf(d);
  if (limitOf(d) < (big ? <u32>0x67 : <u32>0x2b)) {
    raiseSelector(VECTOR_TS, selector);
    return;
  }
  if (!segmentIsUsable(TR)) {
    raiseSelector(VECTOR_TS, selectorOf(TR));
    return;
  }
  if (isIntercepted(VMEXIT_TASK_SWITCH)) {
    exitInsteadOfSwitch(selector, kind, flags);
    return;
  }
  probeSwitch(selector, base, kind);
  if (fault) return;
  if (big) read32(base);
  else read16(base);
  if (fault) return;
  const old = selectorOf(TR);
  save(kind == TASK_IRET ? flags & ~FLAG_NT : flags);
  if (!isNested(kind)) setBusy(old, false);
  if (kind != TASK_IRET) setBusy(selector, true);
  if (isNested(kind)) writeSystem<u16>(base, <u16>old);
  setSegment(TR, selector, d | ((<u64>TSS_BUSY) << 40));
  taskSwitched = true;
  enter(big, isNested(kind));
  if (fault) return;
  loadTaskSegments(image, IMAGE_SEGS, image[IMAGE_LDT]);
  if (image[IMAGE_TRAP]) store<u32>(PENDING_DEBUG, load<u32>(PENDING_DEBUG) | DR6_BT);
}
