// What a debugger needs of the machine under it. The emulated PC is one such target; a virtual machine on any road is another.
import type { SegmentRegister } from "../cpu/segment.js";
import type { Hit, WatchedRange } from "../cpu/stops.js";
import type { ExitLog } from "../vmm/debug/exit-log.js";
import type { VmView } from "../vmm/debug/vm-view.js";
import type { ExitReason } from "../vmm/events/exit-reasons.js";
import type { PagingState } from "./page-walk.js";
import type { RegisterName } from "./registers.js";

/** One virtual processor, stopped between two instructions. */
export interface DebugVcpu {
  /** Unsigned, as wide as the register table says. */
  read(register: RegisterName): bigint;
  /** Whether the register took the value: selectors and control registers do not, nor anything that no processor can hold. */
  write(register: RegisterName, value: bigint): boolean;
  /** Segment register with its hidden part: STATE.ES to STATE.TR. */
  segment(n: number): SegmentRegister;
  /** GDTR or IDTR. */
  tableRegister(table: "gdt" | "idt"): { readonly base: number; readonly limit: number };
  /** What decides how linear addresses are translated. */
  pagingState(): PagingState;
  /** Memory at a linear address through the guest's tables whatever their rights; it ends before the first byte that is no memory. */
  readMemory(linear: number, length: number): Uint8Array;
  /** How many of the bytes were written, from the first on. */
  writeMemory(linear: number, bytes: Uint8Array): number;
  /** 4 or 8 bytes at a guest-physical address as a page walk reads them. */
  readPhysical(address: bigint, size: 4 | 8): bigint;
  /** Of a virtual machine: what lies under the guest. */
  readonly underneath?: VmView | undefined;
  /** How many it has executed. */
  readonly instructions: number;
  /** An interrupt was delivered, and no instruction executed since: the moment before has the same position. */
  readonly isJustInterrupted: boolean;
  /** The next instruction is executed even where a breakpoint lies on it. */
  passBreakpoint(): void;
}

/** Where in its life a target is. Time goes on while the instructions stand still (a halt), never the other way. */
export interface Position {
  readonly instructions: number;
  /** Nanoseconds. */
  readonly time: number;
}

export function comparePositions(a: Position, b: Position): number {
  return a.instructions - b.instructions || a.time - b.time;
}

/** What runs stop for. */
export interface StopSet {
  /** Before instructions at these linear addresses. */
  readonly addresses: readonly number[];
  /** After accesses to these ranges of linear memory. */
  readonly ranges: readonly WatchedRange[];
  /** After accesses to these ports; "all" for any. */
  readonly ports: ReadonlySet<number> | "all";
  /** STOP.STOP_ON_*. */
  readonly events: number;
  /** After exits to the hypervisor for these reasons; "all" for any. */
  readonly exits: ReadonlySet<ExitReason> | "all";
}

export interface RunResult {
  readonly hit?: Hit;
  /** Number of the vCPU that was hit, if not the first. */
  readonly vcpu?: number;
  /** The guest has ended, and will not run again. */
  readonly ended?: boolean;
  /** Nothing happens for so many milliseconds of real time. */
  readonly idle?: number;
}

export interface DebugTarget {
  readonly vcpus: readonly DebugVcpu[];
  /** Every run from one state with the same input is the same to the byte. */
  readonly isRepeatable: boolean;
  readonly position: Position;
  /** Throws RangeError if there are too many. */
  setStops(stops: StopSet): void;
  /**
   * Run at most `count` instructions (exactly so many, unless there is a reason in the result), and at most about `milliseconds`. With `vcpu`:
   * instructions of that one, and what the others do meanwhile is the target's affair.
   */
  run(count: number, milliseconds: number, vcpu?: number): RunResult;
  /** The whole state, sharing with `previous` what is the same. Runs before and after are not different for it. */
  capture(previous: Checkpoint | undefined): Checkpoint;
  restore(checkpoint: Checkpoint): void;
  /** How often things happened since the target was made, by name: for `monitor exits`. */
  counters(): ReadonlyMap<string, number>;
  /** Of a virtual machine: its exits. */
  readonly exits?: ExitLog | undefined;
}

/** A state of a target, for its restore(). */
export interface Checkpoint {
  readonly position: Position;
  /** Bytes of memory that it does not share with an earlier one of the same target. */
  bytesBeyond(earlier: Checkpoint | undefined): number;
}
