// Deterministic random numbers and operand pools: the same seed makes the same vectors on every machine.

/** xoshiro128** seeded by splitmix32. */
export class Random {
  private readonly s = new Uint32Array(4);

  constructor(seed: number) {
    let x = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.s[i] = z ^ (z >>> 15);
    }
  }

  u32(): number {
    const s = this.s;
    const s1 = s[1]!;
    const m = Math.imul(s1, 5);
    const result = Math.imul((m << 7) | (m >>> 25), 9) >>> 0;
    s[2]! ^= s[0]!;
    s[3]! ^= s1;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= s1 << 9;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  /** An integer from 0 to count - 1. */
  below(count: number): number {
    return Math.floor((this.u32() / 0x1_0000_0000) * count);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.u32() >>> 24);
  }
}

const SIGN_EDGES = [0n, 1n, 2n, 3n];

/** An integer operand of `bits` bits: an edge of the number line, a power of two or its neighbour, or anything. */
export function integerOperand(random: Random, bits: number): bigint {
  const mask = (1n << BigInt(bits)) - 1n;
  const top = 1n << BigInt(bits - 1);
  switch (random.below(8)) {
    case 0:
      return random.pick(SIGN_EDGES);
    case 1:
      return (mask - random.pick(SIGN_EDGES)) & mask;
    case 2:
      return random.chance(50) ? top : top - 1n;
    case 3:
      return ((1n << BigInt(random.below(bits))) - BigInt(random.below(3)) + 1n) & mask;
    case 4:
      return random.u64() & 0xffn & mask;
    default:
      return ((random.u64() << 64n) | random.u64()) & mask;
  }
}

export function littleEndian(value: bigint, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}
