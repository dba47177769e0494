/** The roads that a lab can take: each is a virtual machine of core/vmm. A road that lands is added here. */
import { loadBinaryTranslator } from "../vmm/bt/loading.js";
import type { RoadOptions } from "../vmm/vm.js";

await loadBinaryTranslator();

export const LAB_ROADS: readonly { readonly name: string; readonly options: RoadOptions }[] = [
  { name: "trap 0/1/3", options: { road: "trap", compression: "0/1/3" } },
  { name: "trap 0/3/3", options: { road: "trap", compression: "0/3/3" } },
  { name: "bt", options: { road: "bt" } },
  { name: "hw nested", options: { road: "hw", paging: "nested" } },
  { name: "hw shadow", options: { road: "hw", paging: "shadow" } },
];
