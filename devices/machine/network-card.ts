import type { NicExtras, NicModel } from "../net/nics.js";
import { createNic } from "../net/nics.js";
import type { Wire } from "../net/wire.js";
import { attachToFreeSlot } from "./free-slot.js";
import type { Machine } from "./machine.js";

export interface NetworkCard extends NicExtras {
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
export function plugNetworkCard(machine: Machine, index: number, { model, ...card }: NetworkCard): void {
  attachToFreeSlot(machine, (board) => {
    const { ports, memory, guestMemory, scheduler } = board;
    const kicked = () => board.kicked?.();
    return createNic(model, { ...card, name: `nic${index}`, ports, memory, guestMemory, scheduler, kicked });
  });
}
