// An address space for tests: the newest range that holds the address answers.

import type { AddressSpace, Mapping } from "../../core/bus/bus.js";
import type { AccessSize, Region } from "../../core/bus/device.js";

interface Range {
  readonly start: number;
  readonly length: number;
  readonly region: Region;
}

export class FlatSpace implements AddressSpace {
  ranges: readonly Range[] = [];

  add(start: number, length: number, region: Region): Mapping {
    const range = { start, length, region };
    this.ranges = [range, ...this.ranges];
    return {
      remove: () => {
        this.ranges = this.ranges.filter((other) => other !== range);
      },
    };
  }

  read(address: number, size: AccessSize): number {
    const range = this.#at(address);
    return range?.region.read(address - range.start, size) ?? 2 ** (size * 8) - 1;
  }

  write(address: number, value: number, size: AccessSize): void {
    const range = this.#at(address);
    range?.region.write(address - range.start, value, size);
  }

  #at(address: number): Range | undefined {
    return this.ranges.find(({ start, length }) => address >= start && address < start + length);
  }
}
