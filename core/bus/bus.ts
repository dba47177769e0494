import type { AccessSize, Region } from "./device.js";

/** Where devices are reached: port space and guest-physical memory space. Accesses nobody answers read as ones and write to nowhere. */
export interface AddressSpace {
  /** Answer [start, start + length). Overlaps with an existing range: the newer one wins until it is removed. */
  add(start: number, length: number, region: Region): Mapping;
  read(address: number, size: AccessSize): number;
  write(address: number, value: number, size: AccessSize): void;
}

export interface Mapping {
  remove(): void;
}

/** Direct access to guest-physical memory for devices that are bus masters (DMA). Ranges outside RAM read as ones, writes are dropped. */
export interface GuestMemory {
  readonly size: number;
  /** A copy. */
  read(address: number, length: number): Uint8Array;
  /** Fill `into`: for who reads much, and has where to put it. */
  readInto(address: number, into: Uint8Array): void;
  write(address: number, bytes: Uint8Array): void;
}
