// The RTL8139C+'s tally counters and the block of memory that they are dumped to. RTL8139C(L)+ data sheet, "Dump Tally Counter Command".
// What a perfect cable never shows (alignment errors, collisions, underruns) stays zero.

const BLOCK = 64;
const FIELDS = ["sent", "received", "failed", "missed", "physical", "broadcast", "multicast"] as const;
export const TALLY_COUNT = FIELDS.length;
type Field = (typeof FIELDS)[number];

export class TallyCounters {
  readonly #values: number[] = FIELDS.map(() => 0);

  count(field: Field): void {
    this.#values[FIELDS.indexOf(field)]!++;
  }

  reset(): void {
    this.#values.fill(0);
  }

  /** The block as the chip writes it. */
  dump(): Uint8Array {
    const bytes = new Uint8Array(BLOCK);
    const view = new DataView(bytes.buffer);
    const wide: readonly (readonly [number, Field])[] = [
      [0, "sent"],
      [8, "received"],
      [16, "failed"],
      [40, "physical"],
      [48, "broadcast"],
    ];
    for (const [at, field] of wide) view.setBigUint64(at, BigInt(this.#value(field)), true);
    view.setUint16(28, Math.min(this.#value("missed"), 0xffff), true);
    view.setUint32(56, this.#value("multicast"), true);
    return bytes;
  }

  save(): number[] {
    return [...this.#values];
  }

  load(values: readonly number[]): void {
    values.forEach((value, index) => {
      this.#values[index] = value;
    });
  }

  #value(field: Field): number {
    return this.#values[FIELDS.indexOf(field)]!;
  }
}
