// When hot code is translated, and how.
import type { RegionGraph } from "./graph.js";

export interface TranslatorOptions {
  /** Samples that make a micro-op hot. */
  readonly threshold: number;
  /** Instructions between two samples. */
  readonly period: number;
  /** Hot micro-ops that are waited for before a batch is translated at once. */
  readonly batch: number;
  /** Fill missing TLB entries by calls from the start, and not only where a region was left too often. */
  readonly calls?: boolean;
  /** Interpreted instructions after which hot code is translated that waits, and instructions between two looks at how regions do, if not as usual. */
  readonly poll?: number;
  readonly look?: number;
  /** Called before the engine gets a module, with the bytes of its average function: the host may tell the engine when to optimize it. */
  readonly beforeModule?: (functionBytes: number) => void;
  /** Sees every module that is made, for reports. */
  readonly observer?: (graphs: readonly RegionGraph[], bytes: Uint8Array) => void;
}

/** When code is translated: never, when it has become hot, or (to test the translator) at once. */
export type TranslationPolicy = "off" | "on" | "eager";
export const TRANSLATION_POLICIES: Readonly<Record<TranslationPolicy, TranslatorOptions | undefined>> = {
  off: undefined,
  on: { threshold: 16, period: 4096, batch: 64 },
  eager: { threshold: 1, period: 1, batch: 1 },
};
