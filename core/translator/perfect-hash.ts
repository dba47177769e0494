/** The smallest table in which `(value >>> shift) & mask` tells some addresses of one page apart. */
export function perfectHash(values: readonly number[]): { shift: number; mask: number } | undefined {
  for (let bits = Math.ceil(Math.log2(values.length)); bits <= 10; bits++) {
    const mask = (1 << bits) - 1;
    for (let shift = 0; shift + bits <= 12; shift++) {
      if (new Set(values.map((value) => (value >>> shift) & mask)).size === values.length) return { shift, mask };
    }
  }
  return undefined;
}
