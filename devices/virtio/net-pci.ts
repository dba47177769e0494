// A virtio network card to be plugged into a board's PCI bus.

import type { NicOptions } from "../net/nic.js";
import { VirtioNet, type VirtioNetOptions } from "./net.js";
import type { VirtioEnvironment } from "./virtio-device.js";
import { VirtioPci, type VirtioPciOptions } from "./virtio-pci.js";

/** PCI class "Ethernet controller". */
const NET_CLASS = 0x020000;

export interface VirtioNetPciOptions
  extends NicOptions,
    Omit<VirtioNetOptions, "mac" | "wire">,
    Pick<VirtioEnvironment, "packed" | "inOrder">,
    Pick<VirtioPciOptions, "transitional"> {}

export function createVirtioNetPci(options: VirtioNetPciOptions): VirtioPci {
  const { name = "virtio-net-pci", ports, memory, guestMemory, transitional = true } = options;
  const card = new VirtioNet(name, options, { ...options, memory: guestMemory });
  return new VirtioPci(card, { ports, memory, classCode: NET_CLASS, transitional });
}
