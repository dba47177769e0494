// A virtio disk to be plugged into a board's PCI bus.

import type { AddressSpace, GuestMemory } from "../../core/bus/bus.js";
import type { Scheduler } from "../../core/bus/clock.js";
import { VirtioBlock, type VirtioBlockOptions } from "./block.js";
import type { VirtioEnvironment } from "./virtio-device.js";
import { VirtioPci, type VirtioPciOptions } from "./virtio-pci.js";

/** PCI class "SCSI storage", as QEMU's. */
const BLOCK_CLASS = 0x010000;

/** What the board has for it. */
export interface VirtioBoard {
  readonly ports: AddressSpace;
  readonly memory: AddressSpace;
  readonly guestMemory: GuestMemory;
  readonly scheduler: Scheduler;
  /** A driver has notified a device. */
  kicked?(): void;
}

export interface VirtioBlockPciOptions
  extends VirtioBlockOptions,
    Pick<VirtioEnvironment, "packed" | "inOrder">,
    Pick<VirtioPciOptions, "transitional"> {}

export function createVirtioBlockPci(name: string, options: VirtioBlockPciOptions, board: VirtioBoard): VirtioPci {
  const { ports, memory, guestMemory, scheduler } = board;
  const { packed = false, inOrder = false, transitional = true } = options;
  const environment = { memory: guestMemory, scheduler, packed, inOrder, kicked: () => board.kicked?.() };
  return new VirtioPci(new VirtioBlock(name, options, environment), { ports, memory, classCode: BLOCK_CLASS, transitional });
}
