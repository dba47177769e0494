/** What all parts of one region's translation share: addresses of the processor module, and numbers of what a module imports. */
import type { FlagHelpers } from "./flags.js";

/** Types, in this order in every module. */
export const TYPE_REGION = 0;
export const TYPE_EXEC = 1;
export const TYPE_HELPER3 = 2;
export const TYPE_HELPER4 = 3;

/** Globals that every module imports, by number. */
export const GLOBAL_LAZY_KIND = 0;
export const GLOBAL_LAZY_A = 1;
export const GLOBAL_LAZY_RESULT = 2;
export const GLOBAL_PAGE_LINEAR = 3;
export const GLOBAL_FAULT = 4;

/** Functions that every module imports, by number, then its own: first the one that goes on in another region. */
export const HELPERS: FlagHelpers & { readonly executeEnding: number } = { conditionOf: 0, arithmeticFlagsOf: 1, executeEnding: 2 };
export const FUNCTION_CHAIN = 3;
/** First region of a module. */
export const FUNCTION_REGIONS = 4;

/** Under what conditions a region is valid. */
export interface RegionMode {
  /** Address of the TLB set. */
  readonly tlb: number;
  /** Address of the code TLB. */
  readonly codeTlb: number;
  /** Mode bits of decoded pages (wasm/cpu/code-cache.ts). */
  readonly mode: number;
}
