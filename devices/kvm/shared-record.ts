// Records in guest memory that the host writes and the guest reads, under the version protocol that KVM's interface has for all of them:
// an odd version says that the record is being written, and a reader that sees the same even version before and after has a whole one.

import type { GuestMemory } from "../../core/bus/bus.js";

/** Where a record of `length` bytes lies, if all of it is in RAM. */
export function recordAt(memory: GuestMemory, address: bigint, length: number): number | undefined {
  return address + BigInt(length) <= BigInt(memory.size) ? Number(address) : undefined;
}

export function readWord(memory: GuestMemory, address: number): number {
  const bytes = memory.read(address, 4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

export function writeWord(memory: GuestMemory, address: number, value: number): void {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  memory.write(address, bytes);
}

/** Let `fill` write a record's contents while the version at `versionAt` is odd. */
export function publish(memory: GuestMemory, versionAt: number, fill: () => void): void {
  const odd = (readWord(memory, versionAt) + 1) | 1;
  writeWord(memory, versionAt, odd);
  fill();
  writeWord(memory, versionAt, odd + 1);
}
