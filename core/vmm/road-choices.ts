// Every way that a guest's kernel can be run: road and paging, under the names that benches, labs and tests use.
import type { RoadOptions } from "./vm.js";

export interface RoadChoice {
  /** The road, and what tells it from the others of that road. */
  readonly name: string;
  /** Undefined: bare hardware, no VMM. */
  readonly options: RoadOptions | undefined;
}

/** A new road is one line here. */
export const ROAD_CHOICES: readonly RoadChoice[] = [
  { name: "bare", options: undefined },
  { name: "trap 0/1/3", options: { road: "trap", compression: "0/1/3" } },
  { name: "trap 0/3/3", options: { road: "trap", compression: "0/3/3" } },
  { name: "bt", options: { road: "bt" } },
  { name: "pv", options: { road: "pv" } },
  { name: "hw shadow", options: { road: "hw", paging: "shadow" } },
  { name: "hw nested", options: { road: "hw", paging: "nested" } },
];

/** The choices that a name stands for: its own, or all of its road. */
export function choicesNamed(name: string): readonly RoadChoice[] {
  return ROAD_CHOICES.filter((choice) => choice.name === name || choice.name.startsWith(`${name} `));
}
