// The network cards there are, by the names that QEMU gives their models.

import type { PciFunction } from "../pci/function.js";
import { createVirtioNetPci, type VirtioNetPciOptions } from "../virtio/net-pci.js";
import { E1000 } from "./e1000/e1000.js";
import { Ne2kPci } from "./ne2000/ne2k-pci.js";
import type { NicOptions } from "./nic.js";
import { Rtl8139 } from "./rtl8139/rtl8139.js";

/** What only some models can be told. */
export type NicExtras = Pick<VirtioNetPciOptions, "pairs" | "mtu">;

const NICS = {
  e1000: (options) => new E1000(options),
  rtl8139: (options) => new Rtl8139(options),
  ne2k_pci: (options) => new Ne2kPci(options),
  "virtio-net-pci": (options) => createVirtioNetPci(options),
} as const satisfies Readonly<Record<string, (options: NicOptions & NicExtras) => PciFunction>>;

export type NicModel = keyof typeof NICS;
export const NIC_MODELS = Object.keys(NICS) as readonly NicModel[];
/** Other names that QEMU takes. */
const ALIASES: ReadonlyMap<string, NicModel> = new Map([["virtio", "virtio-net-pci"]]);

/** The model of that name; undefined if there is none. */
export function nicModel(name: string): NicModel | undefined {
  return NIC_MODELS.find((model) => model === name) ?? ALIASES.get(name);
}

/** A card to attach to a PCI bus: one end of its wire is its own. */
export function createNic(model: NicModel, options: NicOptions & NicExtras): PciFunction {
  return NICS[model](options);
}

/** The address of a machine's card `index`, if nobody says another: locally administered, as QEMU gives them. */
export function defaultMac(index: number): Uint8Array {
  const last = 0x123456 + index;
  return Uint8Array.of(0x52, 0x54, 0x00, last >> 16, last >> 8, last);
}
