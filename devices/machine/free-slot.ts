import { FIRST_FREE_SLOT } from "../boards/memory-map.js";
import type { PciFunctionFactory } from "../boards/pc-options.js";
import type { Machine } from "./machine.js";

const LAST_SLOT = 31;

/** Plugs a card into the first slot that is free. Throws RangeError if none is. */
export function attachToFreeSlot(machine: Machine, create: PciFunctionFactory): void {
  const { pci, options } = machine.board;
  const taken = new Set(pci.functions.map(({ slot }) => slot));
  let slot = FIRST_FREE_SLOT;
  while (taken.has(slot)) slot++;
  if (slot > LAST_SLOT) throw new RangeError("no slot is free for another card");
  pci.attach(slot, 0, create(options));
}
