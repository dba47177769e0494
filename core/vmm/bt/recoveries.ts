// The ways back to the guest of one unit, by offset. There are some for every instruction of the cache, a million in all: so those that are nothing
// but an EIP, as most are, are kept in strings, with a byte a character.
import type { Recovery } from "./unit.js";

/** While the unit is made. */
export class RecoveryList {
  /** Ascending. */
  private readonly offsets: number[] = [];
  private readonly ways: Recovery[] = [];

  /** `offset` is greater than those before. */
  add(offset: number, recovery: Recovery): void {
    this.offsets.push(offset);
    this.ways.push(recovery);
  }

  /** Of offsets from `start` on. */
  change(start: number, changed: (recovery: Recovery) => Recovery): void {
    this.offsets.forEach((offset, n) => {
      if (offset >= start) this.ways[n] = changed(this.ways[n]!);
    });
  }

  /** `eip`: where the unit begins. */
  packed(eip: number): Recoveries {
    return new Recoveries(eip, this.offsets, this.ways);
  }
}

/** Characters of a way to an EIP less than 256 bytes behind the unit's begin, and of one to any: offset in two, EIP. */
const NEAR = 3;
const FAR = 6;

export class Recoveries {
  private readonly near: string;
  private readonly far: string;
  /** What else there is. */
  private readonly offsets: readonly number[];
  private readonly ways: readonly Recovery[];

  constructor(
    private readonly begin: number,
    offsets: readonly number[],
    ways: readonly Recovery[],
  ) {
    const near: number[] = [];
    const far: number[] = [];
    const others: number[] = [];
    for (let n = 0; n < offsets.length; n++) {
      const offset = offsets[n]!;
      const { eip } = ways[n]!;
      if (eip === "target" || !isPlain(ways[n]!)) others.push(n);
      else if ((eip - begin) >>> 0 < 256) near.push(offset & 0xff, offset >> 8, (eip - begin) >>> 0);
      else far.push(offset & 0xff, offset >> 8, eip & 0xff, (eip >>> 8) & 0xff, (eip >>> 16) & 0xff, eip >>> 24);
    }
    this.near = String.fromCharCode(...near);
    this.far = String.fromCharCode(...far);
    this.offsets = others.map((n) => offsets[n]!);
    this.ways = others.map((n) => ways[n]!);
  }

  get(offset: number): Recovery | undefined {
    const { near, far } = this;
    for (let at = 0; at < near.length; at += NEAR)
      if (offsetAt(near, at) === offset) return { eip: (this.begin + near.charCodeAt(at + 2)) >>> 0 };
    for (let at = 0; at < far.length; at += FAR) if (offsetAt(far, at) === offset) return { eip: eipAt(far, at + 2) };
    const n = this.offsets.indexOf(offset);
    return n < 0 ? undefined : this.ways[n];
  }

  /** In no order. */
  keys(): readonly number[] {
    const keys = [...this.offsets];
    for (let at = 0; at < this.near.length; at += NEAR) keys.push(offsetAt(this.near, at));
    for (let at = 0; at < this.far.length; at += FAR) keys.push(offsetAt(this.far, at));
    return keys;
  }
}

const offsetAt = (text: string, at: number) => text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8);

function eipAt(text: string, at: number): number {
  return (text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8) | (text.charCodeAt(at + 2) << 16) | (text.charCodeAt(at + 3) << 24)) >>> 0;
}

/** Nothing but an EIP. */
function isPlain({ saved, pushed, interruptFlagInCl, swapped, shadow }: Recovery): boolean {
  return !saved && !pushed && !interruptFlagInCl && !swapped && !shadow;
}
