// A 256-bit register of a local APIC (ISR, TMR, IRR): one bit a vector, the highest wins.

export class VectorSet {
  readonly #words = new Uint32Array(8);

  has(vector: number): boolean {
    return ((this.#words[vector >> 5]! >>> (vector & 31)) & 1) !== 0;
  }

  add(vector: number): void {
    this.#words[vector >> 5]! |= 1 << (vector & 31);
  }

  delete(vector: number): void {
    this.#words[vector >> 5]! &= ~(1 << (vector & 31));
  }

  put(vector: number, member: boolean): void {
    if (member) this.add(vector);
    else this.delete(vector);
  }

  clear(): void {
    this.#words.fill(0);
  }

  /** The highest member, or -1. */
  highest(): number {
    for (let index = 7; index >= 0; index--) {
      const word = this.#words[index]!;
      if (word !== 0) return index * 32 + 31 - Math.clz32(word);
    }
    return -1;
  }

  /** Register `index` of the eight. */
  word(index: number): number {
    return this.#words[index]!;
  }

  save(): number[] {
    return [...this.#words];
  }

  load(words: readonly number[]): void {
    this.#words.set(words);
  }
}
