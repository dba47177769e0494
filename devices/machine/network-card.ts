import type { NicModel } from "../net/nics.js";
import { createNic } from "../net/nics.js";
import type { Wire } from "../net/wire.js";
import type { Machine } from "./machine.js";

/** Slots of the board's PCI bus that are free for cards. */
const FIRST_SLOT = 3;
const LAST_SLOT = 31;

export interface NetworkCard {
  readonly model: NicModel;
  /** Six bytes. */
  readonly mac: Uint8Array;
  /** The card's end of its cable. */
  readonly wire: Wire;
}

/**
 * Plug a card into the first free slot, before the guest is booted or a snapshot loaded. The card `index` of a machine is `nicINDEX` in a snapshot, which
 * goes on in a machine with the same cards. Throws RangeError if no slot is free. Frames go to the guest when they come, also between slices; what comes
 * from outside of the machine makes a run one that can not be repeated, under the virtual clock too.
 */
export function plugNetworkCard(machine: Machine, index: number, card: NetworkCard): void {
  const { ports, memory, guestMemory, scheduler } = machine.board.options;
  const { pci } = machine.board;
  const taken = new Set(pci.functions.map(({ slot }) => slot));
  let slot = FIRST_SLOT;
  while (taken.has(slot)) slot++;
  if (slot > LAST_SLOT) throw new RangeError("no slot is free for another network card");
  const { model, mac, wire } = card;
  pci.attach(slot, 0, createNic(model, { name: `nic${index}`, mac, wire, ports, memory, guestMemory, scheduler }));
}
