// Guest memory for tests: an array, and every write of the device in order. Outside it reads give ones and writes are dropped.

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
    const bytes = new Uint8Array(length).fill(0xff);
    if (address < this.size) bytes.set(this.bytes.subarray(address, address + length));
    return bytes;
  }

  readInto(address: number, into: Uint8Array): void {
    into.set(this.read(address, into.length));
  }

  write(address: number, bytes: Uint8Array): void {
    if (address < this.size) this.bytes.set(bytes.subarray(0, this.size - address), address);
    this.writes.push({ address, length: bytes.length });
    this.written();
  }
}
