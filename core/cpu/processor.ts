import type { TranslatorStatistics } from "../translator/translator.js";
import type { Exit, PageKind } from "./cpu.js";
import type { SegmentRegister } from "./segment.js";
import type { ProcessorStops } from "./stops.js";

/** What a machine needs of its processor, be it a real one (Cpu) or one of a virtual machine (vmm/vm-processor.ts). Said in full at Cpu. */
export interface Processor {
  /** All of linear memory: what mapPages() maps lies in it. */
  readonly bytes: Uint8Array;
  /** The state record at its addresses (wasm/abi/state.ts), EFLAGS excepted: the guest's own view. */
  readonly view: DataView;
  /** Guest RAM, part of `bytes`. */
  readonly ram: Uint8Array;
  /** What runs stop for, beside their count. */
  readonly stops: ProcessorStops;
  readonly translation: TranslatorStatistics | undefined;
  readonly instructions: bigint;
  readonly halted: boolean;
  readonly interruptible: boolean;
  flags: number;
  reset(): void;
  run(count: number): Exit;
  stop(): void;
  setInterrupt(level: boolean): void;
  nonMaskableInterrupt(): void;
  setA20(open: boolean): void;
  mapPages(start: number, length: number, kind: PageKind, hostOffset?: number): void;
  memoryWritten(start: number, length: number): void;
  takeDirtyPages(start: number, length: number): number[];
  synchronize(): void;
  peek(linear: number): number | undefined;
  poke(linear: number, value: number): boolean;
  readPhysical(address: bigint, size: 4 | 8): bigint;
  peekLinear(linear: number, length: number): Uint8Array;
  register(offset: number): bigint;
  setRegister(offset: number, value: bigint): void;
  segment(n: number): SegmentRegister;
  setSegment(n: number, segment: SegmentRegister): void;
  saveState(): Uint8Array;
  loadState(state: Uint8Array): void;
}
