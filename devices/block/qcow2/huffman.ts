// Huffman codes as deflate wants them. Source: RFC 1951, "Use of Huffman coding in the deflate format".

/** Code lengths in bits, none above `limit`, for symbols by how often they come; 0 for those that never do. */
export function codeLengths(frequencies: ArrayLike<number>, limit: number): Uint8Array {
  let weights = Array.from(frequencies);
  for (;;) {
    const lengths = optimalLengths(weights);
    if (lengths.every((length) => length <= limit)) return lengths;
    // Flatter weights give flatter trees; with all the same none is too deep.
    weights = weights.map((weight) => Math.ceil(weight / 2));
  }
}

function optimalLengths(weights: readonly number[]): Uint8Array {
  const lengths = new Uint8Array(weights.length);
  const leaves = weights.flatMap((weight, symbol) => (weight > 0 ? [{ weight, symbol }] : [])).sort((a, b) => a.weight - b.weight);
  if (leaves.length === 1) lengths[leaves[0]!.symbol] = 1;
  if (leaves.length < 2) return lengths;
  // Leaves first, then the nodes over them as they are made: both in order of weight.
  const weight = leaves.map((leaf) => leaf.weight);
  const parent: number[] = [];
  let leaf = 0;
  let node = leaves.length;
  const lightest = () => (leaf < leaves.length && (node >= weight.length || weight[leaf]! <= weight[node]!) ? leaf++ : node++);
  while (weight.length < 2 * leaves.length - 1) {
    const one = lightest();
    const other = lightest();
    parent[one] = weight.length;
    parent[other] = weight.length;
    weight.push(weight[one]! + weight[other]!);
  }
  const depth: number[] = [];
  for (let index = weight.length - 1; index >= 0; index--) depth[index] = index === weight.length - 1 ? 0 : depth[parent[index]!]! + 1;
  for (const [index, { symbol }] of leaves.entries()) lengths[symbol] = depth[index]!;
  return lengths;
}

/** The codes that go with code lengths, their bits reversed: so they can be written lowest bit first. */
export function codesOf(lengths: Uint8Array): Uint16Array {
  const next = new Uint16Array(17);
  for (const length of lengths) if (length > 0) next[length + 1]!++;
  for (let length = 1; length < 17; length++) next[length] = (next[length]! + next[length - 1]!) << 1;
  return Uint16Array.from(lengths, (length) => {
    if (length === 0) return 0;
    const code = next[length]!++;
    let reversed = 0;
    for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
    return reversed;
  });
}
