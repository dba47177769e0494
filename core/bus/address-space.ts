// Which region answers at an address: ranges for memory, and a faster space for ports. What nobody answers reads as ones and takes writes
// without effect. Not modelled: wait states, locked accesses, bus errors.
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
  /** Index in `ranges` of who answers a port, or 0. */
  private readonly owner = new Uint16Array(0x10000);
  private readonly ranges: (Range | undefined)[] = [undefined];
  /** Indices of the ranges there are, oldest first. */
  private age: number[] = [];

  add(start: number, length: number, region: Region): Mapping {
    const mapping = this.slow.add(start, length, region);
    const index = this.freeIndex();
    this.ranges[index] = { start, end: start + length, region };
    this.age.push(index);
    this.owner.fill(index, start, start + length);
    let there = true;
    return {
      remove: () => {
        if (!there) return;
        there = false;
        mapping.remove();
        this.ranges[index] = undefined;
        this.age = this.age.filter((i) => i !== index);
        this.repaint(start, start + length);
      },
    };
  }

  /** Indices are used again: a guest may move a device's ports as often as it likes. */
  private freeIndex(): number {
    const free = this.ranges.indexOf(undefined, 1);
    return free < 0 ? this.ranges.length : free;
  }

  /** Find out anew who answers [start, end). */
  private repaint(start: number, end: number): void {
    this.owner.fill(0, start, end);
    for (const index of this.age) {
      const range = this.ranges[index]!;
      const from = Math.max(start, range.start);
      const to = Math.min(end, range.end);
      if (from < to) this.owner.fill(index, from, to);
    }
  }

  /** Who answers the whole access, if it is one range; the other cases are for `slow`. */
  private at(port: number, size: number): Range | undefined {
    const index = this.owner[port]!;
    for (let i = 1; i < size; i++) if (this.owner[port + i] !== index) return undefined;
    return this.ranges[index];
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
