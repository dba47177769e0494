// Reading the current task-state segment: inner stacks, the I/O permission bitmap and the interrupt redirection bitmap.
// SDM 3A "Task-State Segment (TSS)", SDM 1 "I/O Permission Bit Map", SDM 3B "Software Interrupt Handling Methods".
import { SEG_ACCESS, SEG_BASE, SEG_LIMIT, TR } from "../abi/state";
import { fault, VECTOR_TS } from "../cpu/fault";
import { readSystem, systemAtHand } from "../cpu/memory";
import { segment, segmentIsUsable } from "../cpu/state";
import { raiseSelector, TYPE_32 } from "./descriptor";
import { selectorOf } from "./segment";

const IO_MAP_BASE: u32 = 0x66;
const TSS32_LIMIT: u32 = 0x67;

/** What readInnerStack() found. */
export let innerSs: u32 = 0;
export let innerSp: u64 = 0;

function linearInTss(offset: u32): u64 {
  return (load<u64>(segment(TR), SEG_BASE) + offset) & 0xffffffff;
}

function limitOfTss(): u32 {
  return load<u32>(segment(TR), SEG_LIMIT);
}

export function tssIs32(): bool {
  return (load<u32>(segment(TR), SEG_ACCESS) & TYPE_32) != 0;
}

/** SS:ESP for an inner privilege level. */
export function readInnerStack(level: u32): void {
  const big = tssIs32();
  const at: u32 = big ? 4 + level * 8 : 2 + level * 4;
  if (!segmentIsUsable(TR) || at + (big ? 5 : 3) > limitOfTss()) {
    raiseSelector(VECTOR_TS, selectorOf(TR));
    return;
  }
  const host = big ? systemAtHand(linearInTss(at), 6) : 0;
  if (host) {
    innerSp = <u64>load<u32>(host);
    innerSs = <u32>load<u16>(host, 4);
    return;
  }
  const sp = big ? <u64>readSystem<u32>(linearInTss(at)) : <u64>readSystem<u16>(linearInTss(at));
  if (fault) return;
  const ss = readSystem<u16>(linearInTss(at + (big ? 4 : 2)));
  if (fault) return;
  innerSp = sp;
  innerSs = ss;
}

/** Whether the bitmap gives all of `size` ports. Two bytes are always read, so a map must end in a byte of ones. May fault. */
export function portIsMapped(port: u32, size: u32): bool {
  if (!segmentIsUsable(TR) || !tssIs32() || limitOfTss() < TSS32_LIMIT) return false;
  const at = <u32>readSystem<u16>(linearInTss(IO_MAP_BASE)) + (port >> 3);
  if (fault || at + 1 > limitOfTss()) return false;
  const bits = <u32>readSystem<u16>(linearInTss(at)) >> (port & 7);
  return !fault && (bits & ((1 << size) - 1)) == 0;
}

/** Whether INT `vector` goes to the 8086 program itself: its bit, in the 32 bytes below the I/O bitmap, is 0. May fault. */
export function interruptIsRedirected(vector: u32): bool {
  if (!segmentIsUsable(TR) || !tssIs32() || limitOfTss() < TSS32_LIMIT) return false;
  const at = <u32>readSystem<u16>(linearInTss(IO_MAP_BASE)) - 32 + (vector >> 3);
  if (fault || at > limitOfTss()) return false;
  const bits = <u32>readSystem<u8>(linearInTss(at));
  return !fault && ((bits >> (vector & 7)) & 1) == 0;
}
