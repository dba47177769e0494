// Registers one byte wide, seen through accesses of any size: a wider access is that many byte accesses at rising offsets, as an ISA
// bus splits it. Offsets past the last register read as ones and are not written.

import type { AccessSize, Region } from "../core/bus/device.js";

export interface ByteRegisters {
  read(offset: number): number;
  write(offset: number, value: number): void;
}

export class ByteRegion implements Region {
  constructor(
    readonly length: number,
    private readonly registers: ByteRegisters,
  ) {}

  read(offset: number, size: AccessSize): number {
    let value = 0;
    for (let i = 0; i < size; i++) value += this.readByte(offset + i) * 2 ** (8 * i);
    return value;
  }

  write(offset: number, value: number, size: AccessSize): void {
    for (let i = 0; i < size; i++) {
      if (offset + i < this.length) this.registers.write(offset + i, (value >>> (8 * i)) & 0xff);
    }
  }

  private readByte(offset: number): number {
    return offset < this.length ? this.registers.read(offset) & 0xff : 0xff;
  }
}
