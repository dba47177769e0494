// String instructions: MOVS CMPS STOS LODS SCAS, alone and repeated. SDM 2 under each name, and "REP/REPE/REPZ/REPNE/REPNZ".
// Not here: INS and OUTS (system), which may use chunk(), advance() and the rest.
//
// One execution of a repeated instruction does the iterations up to the next page boundary of either operand (a chunk) and then asks to be
// repeated. Where a chunk ends depends on architectural state alone, so that instruction counts do not depend on caches.
import { DRS, ES, RAX, RCX, RDI, RFLAGS, RSI, SEG_BASE } from "../abi/state";
import { U_ASIZE, U_FLAGS, U_SEG, UF_REP, UF_REPNE } from "../abi/uop";
import { clearFault, fault } from "../cpu/fault";
import { FLAG_D, FLAG_T, flagsSub, zero } from "../cpu/flags";
import { hostForRead, hostForWrite, readLinear, writeLinear } from "../cpu/memory";
import { segmentLinear, truncateAddress } from "../cpu/operand";
import { repeatInstruction } from "../cpu/repeat";
import { getReg, segment, setReg } from "../cpu/state";

/** Breakpoint enables in DR7. */
const DR7_ENABLES: u32 = 0xff;

function backward(): bool {
  return (load<u32>(RFLAGS) & FLAG_D) != 0;
}

/** An index or count register, truncated to the address size. */
export function pointer(u: usize, register: i32): u64 {
  return truncateAddress(getReg<u64>(register), load<u8>(u, U_ASIZE));
}

function setPointer(u: usize, register: i32, value: u64): void {
  const size = load<u8>(u, U_ASIZE);
  if (size == 2) setReg<u16>(register, <u16>value);
  else if (size == 4) setReg<u32>(register, <u32>value);
  else setReg<u64>(register, value);
}

/** Move an index register over `count` elements. */
export function advance<T>(u: usize, register: i32, count: i32): void {
  const delta = <i64>count * sizeof<T>();
  setPointer(u, register, getReg<u64>(register) + (backward() ? -delta : delta));
}

export function repeated(u: usize): bool {
  return (load<u8>(u, U_FLAGS) & (UF_REP | UF_REPNE)) != 0;
}

export function countDown(u: usize, count: i32): void {
  setPointer(u, RCX, getReg<u64>(RCX) - count);
}

/** Ask for another execution if iterations are left. */
export function repeatIfLeft(u: usize): void {
  if (pointer(u, RCX)) repeatInstruction();
}

/** Elements of `size` bytes from rSI or rDI on that start in one page and whose offsets do not wrap. At least one. */
export function elementsInPage(u: usize, seg: i32, register: i32, size: u32): u64 {
  const offset = pointer(u, register);
  const inPage = (load<u64>(segment(seg), SEG_BASE) + offset) & 0xfff;
  let n: u64;
  let unwrapped: u64;
  if (backward()) {
    n = inPage + size > 0x1000 ? 1 : inPage / size + 1;
    unwrapped = offset / size + 1;
  } else {
    n = (0x1000 - inPage) / size;
    if (!n) n = 1;
    unwrapped = truncateAddress(~offset, load<u8>(u, U_ASIZE)) / size + 1;
  }
  return min<u64>(n, unwrapped);
}

/** Iterations of this execution, of at most `limit`. Single-stepping and data breakpoints trap after each iteration. */
export function chunk(u: usize, limit: u64): i32 {
  const count = pointer(u, RCX);
  if (!count) return 0;
  if (load<u32>(RFLAGS) & FLAG_T || load<u32>(DRS + 56) & DR7_ENABLES) return 1;
  return <i32>min<u64>(count, limit);
}

/** Host address of the lowest byte of `count` elements, or 0 if they are not all in plain memory and in the segment's limit. */
function hostOf<T>(u: usize, seg: i32, register: i32, count: i32, write: bool): usize {
  let offset = pointer(u, register);
  if (backward()) offset -= <u64>(count - 1) * sizeof<T>();
  const linear = segmentLinear(seg, offset, <u32>count * sizeof<T>(), write);
  let host: usize = 0;
  if (!fault && (linear & 0xfff) + <u64>count * sizeof<T>() <= 0x1000) host = write ? hostForWrite(linear) : hostForRead(linear);
  // The element that is really at fault will raise it again.
  clearFault();
  return host;
}

function moveOne<T>(u: usize): void {
  const from = segmentLinear(load<u8>(u, U_SEG), pointer(u, RSI), sizeof<T>(), false);
  if (fault) return;
  const value = readLinear<T>(from);
  if (fault) return;
  const to = segmentLinear(ES, pointer(u, RDI), sizeof<T>(), true);
  if (fault) return;
  writeLinear<T>(to, value);
  if (fault) return;
  advance<T>(u, RSI, 1);
  advance<T>(u, RDI, 1);
}

/** Copy element by element, in the order of the iterations: an overlap repeats its pattern, as programs that fill memory so expect. */
function copyElements<T>(to: usize, from: usize, bytes: usize): void {
  if (backward()) {
    for (let i = <isize>(bytes - sizeof<T>()); i >= 0; i -= sizeof<T>()) store<T>(to + i, load<T>(from + i));
  } else {
    for (let i: usize = 0; i < bytes; i += sizeof<T>()) store<T>(to + i, load<T>(from + i));
  }
}

function moveBulk<T>(u: usize, n: i32): bool {
  const from = hostOf<T>(u, load<u8>(u, U_SEG), RSI, n, false);
  if (!from) return false;
  const to = hostOf<T>(u, ES, RDI, n, true);
  if (!to) return false;
  const bytes = <usize>n * sizeof<T>();
  // memory.copy moves as if through a buffer; that is the same unless a write precedes the read of its place.
  const ahead = backward() ? from - to : to - from;
  if (ahead == 0 || ahead >= bytes) memory.copy(to, from, bytes);
  else copyElements<T>(to, from, bytes);
  advance<T>(u, RSI, n);
  advance<T>(u, RDI, n);
  countDown(u, n);
  return true;
}

export function movs<T>(u: usize): void {
  if (!repeated(u)) {
    moveOne<T>(u);
    return;
  }
  const inSource = elementsInPage(u, load<u8>(u, U_SEG), RSI, sizeof<T>());
  const n = chunk(u, min<u64>(inSource, elementsInPage(u, ES, RDI, sizeof<T>())));
  if (n < 2 || !moveBulk<T>(u, n)) {
    for (let i = 0; i < n; i++) {
      moveOne<T>(u);
      if (fault) return;
      countDown(u, 1);
    }
  }
  repeatIfLeft(u);
}

function storeOne<T>(u: usize): void {
  const to = segmentLinear(ES, pointer(u, RDI), sizeof<T>(), true);
  if (fault) return;
  writeLinear<T>(to, getReg<T>(RAX));
  if (!fault) advance<T>(u, RDI, 1);
}

function storeBulk<T>(u: usize, n: i32): bool {
  const to = hostOf<T>(u, ES, RDI, n, true);
  if (!to) return false;
  const value = getReg<T>(RAX);
  const bytes = <usize>n * sizeof<T>();
  if (sizeof<T>() == 1 || value == <T>0) memory.fill(to, <u8>value, bytes);
  else for (let i: usize = 0; i < bytes; i += sizeof<T>()) store<T>(to + i, value);
  advance<T>(u, RDI, n);
  countDown(u, n);
  return true;
}

export function stos<T>(u: usize): void {
  if (!repeated(u)) {
    storeOne<T>(u);
    return;
  }
  const n = chunk(u, elementsInPage(u, ES, RDI, sizeof<T>()));
  if (n < 2 || !storeBulk<T>(u, n)) {
    for (let i = 0; i < n; i++) {
      storeOne<T>(u);
      if (fault) return;
      countDown(u, 1);
    }
  }
  repeatIfLeft(u);
}

function loadOne<T>(u: usize): void {
  const from = segmentLinear(load<u8>(u, U_SEG), pointer(u, RSI), sizeof<T>(), false);
  if (fault) return;
  const value = readLinear<T>(from);
  if (fault) return;
  setReg<T>(RAX, value);
  advance<T>(u, RSI, 1);
}

export function lods<T>(u: usize): void {
  if (!repeated(u)) {
    loadOne<T>(u);
    return;
  }
  const n = chunk(u, elementsInPage(u, load<u8>(u, U_SEG), RSI, sizeof<T>()));
  for (let i = 0; i < n; i++) {
    loadOne<T>(u);
    if (fault) return;
    countDown(u, 1);
  }
  repeatIfLeft(u);
}

function compareOne<T>(u: usize): void {
  // AMD's processors read ES:rDI first; it shows when both fault.
  const right = segmentLinear(ES, pointer(u, RDI), sizeof<T>(), false);
  if (fault) return;
  const b = readLinear<T>(right);
  if (fault) return;
  const left = segmentLinear(load<u8>(u, U_SEG), pointer(u, RSI), sizeof<T>(), false);
  if (fault) return;
  const a = readLinear<T>(left);
  if (fault) return;
  advance<T>(u, RSI, 1);
  advance<T>(u, RDI, 1);
  flagsSub<T>(a, <T>(a - b));
}

function scanOne<T>(u: usize): void {
  const linear = segmentLinear(ES, pointer(u, RDI), sizeof<T>(), false);
  if (fault) return;
  const b = readLinear<T>(linear);
  if (fault) return;
  const a = getReg<T>(RAX);
  advance<T>(u, RDI, 1);
  flagsSub<T>(a, <T>(a - b));
}

/** The value of ZF at which REPE (0) or REPNE (1) stops. */
function stopsAt(u: usize): u32 {
  return load<u8>(u, U_FLAGS) & UF_REP ? 0 : 1;
}

export function cmps<T>(u: usize): void {
  if (!repeated(u)) {
    compareOne<T>(u);
    return;
  }
  const inSource = elementsInPage(u, load<u8>(u, U_SEG), RSI, sizeof<T>());
  const n = chunk(u, min<u64>(inSource, elementsInPage(u, ES, RDI, sizeof<T>())));
  for (let i = 0; i < n; i++) {
    compareOne<T>(u);
    if (fault) return;
    countDown(u, 1);
    if (zero() == stopsAt(u)) return;
  }
  repeatIfLeft(u);
}

export function scas<T>(u: usize): void {
  if (!repeated(u)) {
    scanOne<T>(u);
    return;
  }
  const n = chunk(u, elementsInPage(u, ES, RDI, sizeof<T>()));
  for (let i = 0; i < n; i++) {
    scanOne<T>(u);
    if (fault) return;
    countDown(u, 1);
    if (zero() == stopsAt(u)) return;
  }
  repeatIfLeft(u);
}
