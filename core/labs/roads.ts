/** The roads that a lab can take: those that need nothing of their guest. Each is a virtual machine of core/vmm. */
import { loadBinaryTranslator } from "../vmm/bt/loading.js";
import { ROAD_CHOICES } from "../vmm/road-choices.js";
import type { RoadOptions } from "../vmm/vm.js";

await loadBinaryTranslator();

export const LAB_ROADS: readonly { readonly name: string; readonly options: RoadOptions }[] = ROAD_CHOICES.flatMap(({ name, options }) =>
  options && options.road !== "pv" ? [{ name, options }] : [],
);
