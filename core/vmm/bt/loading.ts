// The translator brings a disassembler along, a WebAssembly module of its own: only who takes the road bt loads it.
import type { BtRoad } from "./bt-road.js";

let loaded: typeof BtRoad | undefined;

/** Comes before the first virtual processor on the road bt. */
export async function loadBinaryTranslator(): Promise<void> {
  loaded ??= (await import("./bt-road.js")).BtRoad;
}

/** The road's class. Throws Error before loadBinaryTranslator(). */
export function binaryTranslation(): typeof BtRoad {
  if (!loaded) throw new Error("the binary translator is not loaded: loadBinaryTranslator() comes before");
  return loaded;
}
