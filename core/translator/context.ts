/** What all parts of one region's translation share: addresses of the processor module, and numbers of what a module imports. */
import { MODE_FLAT_CODE } from "../../wasm/abi/code-mode.js";
import * as LAYOUT from "../../wasm/abi/layout.js";
import { I32 } from "./emit/code.js";
import type { FunctionType, Import } from "./emit/module.js";
import type { FlagHelpers } from "./flags.js";

/** Types, in this order in every module. */
export const TYPE_REGION = 0;
export const TYPE_EXEC = 1;
export const TYPE_CHAIN = 2;
export const TYPE_CONDITION = 3;
export const TYPE_LEAVE = 4;
export const TYPES: readonly FunctionType[] = [
  { parameters: [I32, I32, I32], results: [I32] },
  { parameters: [I32], results: [] },
  { parameters: [I32, I32], results: [I32] },
  { parameters: [I32, I32, I32, I32], results: [I32] },
  { parameters: [I32, I32, I32, I32, I32], results: [I32] },
];

/** Globals that every module imports, by number. */
export const GLOBAL_FAULT = 0;

/** Functions that every module imports, by number, then its own: first the one that goes on in another region. */
export const HELPERS = {
  conditionOf: 0,
  arithmeticFlagsOf: 1,
  executeEnding: 2,
  fillForRead: 3,
  fillForWrite: 4,
  loadSegmentAtHand: 5,
  moveAtHand: 6,
  fillAtHand: 7,
  leaveRegion: 8,
  refuseEntry: 9,
} as const satisfies FlagHelpers & Record<string, number>;
export const FUNCTION_CHAIN = 10;
const FUNCTION_EXECS = 11;
/** The exec functions that a module calls, each imported by itself. */
export class ExecFunctions {
  /** Their slots in the processor module's table. */
  readonly slots: number[] = [];

  functionFor(slot: number): number {
    let index = this.slots.indexOf(slot);
    if (index < 0) index = this.slots.push(slot) - 1;
    return FUNCTION_EXECS + index;
  }

  get imports(): readonly Import[] {
    return this.slots.map((slot) => ({ kind: "function", name: execName(slot), type: TYPE_EXEC }));
  }
}

export function execName(slot: number): string {
  return `exec${slot}`;
}

/**
 * Imports of a module with regions, over a memory of so many pages. Most names are those of the processor module's exports. Not the table: V8
 * keeps every instance that imports one alive for as long as the table lives.
 */
export function importsFor(pages: number, execs: ExecFunctions): readonly Import[] {
  return [
    { kind: "function", name: "conditionOf", type: TYPE_CONDITION },
    { kind: "function", name: "arithmeticFlagsOf", type: TYPE_REGION },
    { kind: "function", name: "executeEnding", type: TYPE_REGION },
    { kind: "function", name: "fillForRead", type: TYPE_CHAIN },
    { kind: "function", name: "fillForWrite", type: TYPE_CHAIN },
    { kind: "function", name: "loadSegmentAtHand", type: TYPE_CHAIN },
    { kind: "function", name: "moveAtHand", type: TYPE_CONDITION },
    { kind: "function", name: "fillAtHand", type: TYPE_CONDITION },
    { kind: "function", name: "leaveRegion", type: TYPE_LEAVE },
    { kind: "function", name: "refuseEntry", type: TYPE_EXEC },
    { kind: "global", name: "fault", type: I32 },
    { kind: "memory", name: "memory", pages },
    { kind: "function", name: "chain", type: TYPE_CHAIN },
    ...execs.imports,
  ];
}

/** Under what conditions a region is valid. */
export interface RegionMode {
  /** Address of the TLB set. */
  readonly tlb: number;
  /** Address of the code TLB. */
  readonly codeTlb: number;
  /** Mode bits of decoded pages (wasm/cpu/code-cache.ts). */
  readonly mode: number;
}

/** Whether code of a mode may have segments with a base, or with limits that count for CS. */
export function isSegmented(mode: number): boolean {
  return (mode & MODE_FLAT_CODE) === 0;
}

/** Whether a TLB set serves user code. */
export function isUser(tlb: number): boolean {
  return tlb === LAYOUT.TLB_BASE + LAYOUT.TLB_SET_USER * LAYOUT.TLB_SET_SIZE;
}
