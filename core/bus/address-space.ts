import type { AddressSpace, Mapping } from "./bus.js";
import type { AccessSize, Region } from "./device.js";

interface Range {
  readonly start: number;
  readonly end: number;
  readonly region: Region;
}

const ONES: Readonly<Record<AccessSize, number>> = { 1: 0xff, 2: 0xffff, 4: 0xffffffff };

/**
 * Ranges in order of age; the newest that contains an address answers. An access that leaves its range is split into bytes, as a bus
 * with narrower devices does.
 */
export class RangeSpace implements AddressSpace {
  private ranges: Range[] = [];

  add(start: number, length: number, region: Region): Mapping {
    const range = { start, end: start + length, region };
    this.ranges = [range, ...this.ranges];
    return {
      remove: () => {
        this.ranges = this.ranges.filter((r) => r !== range);
      },
    };
  }

  private find(address: number): Range | undefined {
    return this.ranges.find((r) => address >= r.start && address < r.end);
  }

  /** The range that answers `address`, if it also holds the whole access and no newer one lies over it. */
  private whole(address: number, size: number): Range | undefined {
    const range = this.find(address);
    if (!range || size === 1) return range;
    for (let i = 1; i < size; i++) if (this.find(address + i) !== range) return undefined;
    return range;
  }

  read(address: number, size: AccessSize): number {
    const range = this.whole(address, size);
    if (range) return range.region.read(address - range.start, size) >>> 0;
    if (size === 1) return ONES[1];
    let value = 0;
    for (let i = 0; i < size; i++) value += (this.read(address + i, 1) & 0xff) * 2 ** (8 * i);
    return value;
  }

  write(address: number, value: number, size: AccessSize): void {
    const range = this.whole(address, size);
    if (range) range.region.write(address - range.start, value, size);
    else if (size > 1) for (let i = 0; i < size; i++) this.write(address + i, Math.floor(value / 2 ** (8 * i)) & 0xff, 1);
  }
}

/** Port space: 65,536 addresses with the answer for each looked up at once. */
export class PortSpace implements AddressSpace {
  private readonly slow = new RangeSpace();
  private readonly owner = new Uint16Array(0x10000);
  private readonly ranges: (Range | undefined)[] = [undefined];

  add(start: number, length: number, region: Region): Mapping {
    const mapping = this.slow.add(start, length, region);
    const index = this.ranges.push({ start, end: start + length, region }) - 1;
    const under = this.owner.slice(start, start + length);
    this.owner.fill(index, start, start + length);
    return {
      remove: () => {
        mapping.remove();
        this.ranges[index] = undefined;
        for (let i = 0; i < length; i++) if (this.owner[start + i] === index) this.owner[start + i] = this.alive(under[i]!);
      },
    };
  }

  private alive(index: number): number {
    return this.ranges[index] ? index : 0;
  }

  private at(port: number, size: number): Range | undefined {
    const index = this.owner[port]!;
    return index !== 0 && this.owner[port + size - 1] === index ? this.ranges[index] : undefined;
  }

  read(address: number, size: AccessSize): number {
    const range = this.at(address, size);
    return range ? range.region.read(address - range.start, size) >>> 0 : this.slow.read(address, size);
  }

  write(address: number, value: number, size: AccessSize): void {
    const range = this.at(address, size);
    if (range) range.region.write(address - range.start, value, size);
    else this.slow.write(address, value, size);
  }
}
