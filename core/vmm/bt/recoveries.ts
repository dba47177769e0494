// The ways back to the guest of one unit, by offset. There are some for every instruction of the cache, a million in all: so they are kept in two
// arrays, and what is the same in a row is one object.
import type { Recovery } from "./unit.js";

export class Recoveries {
  /** Ascending. */
  private readonly offsets: number[] = [];
  private readonly ways: Recovery[] = [];

  /** `offset` is greater than those before. */
  add(offset: number, recovery: Recovery): void {
    const last = this.ways.at(-1);
    this.offsets.push(offset);
    this.ways.push(last && isPlain(last) && isPlain(recovery) && last.eip === recovery.eip ? last : recovery);
  }

  /** Of offsets from `start` on. */
  change(start: number, changed: (recovery: Recovery) => Recovery): void {
    this.offsets.forEach((offset, n) => {
      if (offset >= start) this.ways[n] = changed(this.ways[n]!);
    });
  }

  get(offset: number): Recovery | undefined {
    const n = this.offsets.indexOf(offset);
    return n < 0 ? undefined : this.ways[n];
  }

  keys(): readonly number[] {
    return this.offsets;
  }
}

/** Nothing but an EIP. */
function isPlain({ saved, pushed, interruptFlagInCl, swapped, shadow }: Recovery): boolean {
  return !saved && !pushed && !interruptFlagInCl && !swapped && !shadow;
}
