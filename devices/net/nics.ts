// The network cards there are, by the names that QEMU gives their models.

import type { PciFunction } from "../pci/function.js";
import { E1000 } from "./e1000/e1000.js";
import type { NicOptions } from "./nic.js";

const NICS = {
  e1000: (options) => new E1000(options),
} as const satisfies Readonly<Record<string, (options: NicOptions) => PciFunction>>;

export type NicModel = keyof typeof NICS;
export const NIC_MODELS = Object.keys(NICS) as readonly NicModel[];

/** A card to attach to a PCI bus: one end of its wire is its own. */
export function createNic(model: NicModel, options: NicOptions): PciFunction {
  return NICS[model](options);
}

/** The address of a machine's card `index`, if nobody says another: locally administered, as QEMU gives them. */
export function defaultMac(index: number): Uint8Array {
  return Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, 0x56 + index);
}
