import { loadBinaryTranslator } from "./bt/loading.js";
import type { RoadOptions } from "./vm.js";

/** Load what a road needs before a virtual processor can take it. Undefined: bare hardware. */
export async function prepareRoad(options: RoadOptions | undefined): Promise<void> {
  if (options?.road === "bt") await loadBinaryTranslator();
}
