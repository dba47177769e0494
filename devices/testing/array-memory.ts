// Guest memory for tests: an array, and every write of the device in order.

import type { GuestMemory } from "../../core/bus/bus.js";

export class ArrayMemory implements GuestMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly writes: { readonly address: number; readonly length: number }[] = [];
  /** Called after each write. */
  written: () => void = () => {};

  constructor(readonly size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  read(address: number, length: number): Uint8Array {
    return this.bytes.slice(address, address + length);
  }

  write(address: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, address);
    this.writes.push({ address, length: bytes.length });
    this.written();
  }
}
