// MAC addresses for guests' cards: QEMU's and libvirt's prefix, and three bytes that are random, or follow from a name.
import { formatMac } from "./wire.js";

const PREFIX = [0x52, 0x54, 0x00];

/** `random` gives numbers from 0 to 1, 1 not included. */
export function randomMac(random: () => number = Math.random): string {
  const bytes = [0, 1, 2].map(() => Math.floor(random() * 256));
  return formatMac(Uint8Array.of(...PREFIX, ...bytes));
}

/** Always the same for a name: so that a guest finds its address, and its lease, again. Names of one network can fall together (FNV-1a, 24 bits). */
export function derivedMac(name: string): string {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x0100_0193);
  const folded = (hash ^ (hash >>> 24)) & 0xff_ffff;
  return formatMac(Uint8Array.of(...PREFIX, folded >> 16, folded >> 8, folded));
}
