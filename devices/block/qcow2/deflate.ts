// Raw deflate with distances of at most 4096 bytes: the library for the other direction knows windows of 32 KiB only. Source: RFC 1951.
//
// Not done: fixed Huffman codes and stored blocks; what does not become smaller is not compressed at all.
import { codeLengths, codesOf } from "./huffman.js";

const WINDOW = 4096;
const HASH_BITS = 13;
const MIN_MATCH = 3;
const MAX_MATCH = 258;
/** Earlier places with the same hash that are tried. */
const MAX_CHAIN = 48;
/** A match of this length is good enough to look no further. */
const GOOD_MATCH = 64;
const BLOCK_TOKENS = 1 << 14;
const END_OF_BLOCK = 256;
const MAX_CODE = 15;
const MAX_LENGTH_CODE = 7;
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Extra bits of the length symbols from 257 on and of the distance symbols, and the first value of each. */
const LENGTH_EXTRA = Array.from({ length: 28 }, (_, index) => (index < 8 ? 0 : (index >> 2) - 1)).concat(0);
const DISTANCE_EXTRA = Array.from({ length: 24 }, (_, index) => (index < 4 ? 0 : (index >> 1) - 1));
const LENGTH_BASE = [...bases(LENGTH_EXTRA.slice(0, 28), MIN_MATCH), MAX_MATCH];
const DISTANCE_BASE = bases(DISTANCE_EXTRA, 1);
const LENGTH_SYMBOL = symbols(LENGTH_BASE, MAX_MATCH);
const DISTANCE_SYMBOL = symbols(DISTANCE_BASE, WINDOW);

export function deflate(bytes: Uint8Array): Uint8Array {
  const out = new BitWriter(bytes.length + 1024);
  const matcher = new Matcher(bytes);
  for (let last = false; !last; ) {
    const tokens = matcher.tokens();
    last = matcher.ended;
    writeBlock(out, tokens, last);
  }
  return out.bytes();
}

/** Finds repetitions. A token is a literal, or a match: length * 65536 + distance. */
class Matcher {
  private readonly head = new Int32Array(1 << HASH_BITS).fill(-1);
  private readonly previous = new Int32Array(WINDOW);
  private at = 0;

  constructor(private readonly data: Uint8Array) {}

  get ended(): boolean {
    return this.at >= this.data.length;
  }

  /** The next block of them. */
  tokens(): number[] {
    const tokens: number[] = [];
    let match = this.longest();
    while (!this.ended && tokens.length < BLOCK_TOKENS) {
      this.insert(this.at);
      if (match.length < MIN_MATCH) {
        tokens.push(this.data[this.at++]!);
        match = this.longest();
        continue;
      }
      // One byte later there may be a longer one.
      const start = this.at++;
      const later = match.length < GOOD_MATCH ? this.longest() : NO_MATCH;
      if (later.length > match.length) {
        tokens.push(this.data[start]!);
        match = later;
        continue;
      }
      tokens.push(match.length * 0x10000 + match.distance);
      for (const end = start + match.length; this.at < end; this.at++) this.insert(this.at);
      match = this.longest();
    }
    return tokens;
  }

  private hash(at: number): number {
    const { data } = this;
    return (Math.imul((data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!, 0x9e37_79b1) >>> (32 - HASH_BITS)) & ((1 << HASH_BITS) - 1);
  }

  private insert(at: number): void {
    if (at + MIN_MATCH > this.data.length) return;
    const hash = this.hash(at);
    this.previous[at % WINDOW] = this.head[hash]!;
    this.head[hash] = at;
  }

  private longest(): { readonly length: number; readonly distance: number } {
    const { data, at } = this;
    const limit = Math.min(MAX_MATCH, data.length - at);
    if (limit < MIN_MATCH) return NO_MATCH;
    let best = MIN_MATCH - 1;
    let distance = 0;
    let candidate = this.head[this.hash(at)]!;
    for (let tries = MAX_CHAIN; tries > 0 && candidate >= 0 && at - candidate <= WINDOW; tries--) {
      if (data[candidate + best] === data[at + best]) {
        let length = 0;
        while (length < limit && data[candidate + length] === data[at + length]) length++;
        if (length > best) {
          best = length;
          distance = at - candidate;
          if (length === limit) break;
        }
      }
      const older = this.previous[candidate % WINDOW]!;
      if (older >= candidate) break;
      candidate = older;
    }
    return distance === 0 ? NO_MATCH : { length: best, distance };
  }
}

const NO_MATCH = { length: 0, distance: 0 };

function writeBlock(out: BitWriter, tokens: readonly number[], last: boolean): void {
  const literals = new Uint32Array(286);
  const distances = new Uint32Array(DISTANCE_BASE.length);
  literals[END_OF_BLOCK] = 1;
  for (const token of tokens) {
    if (token < 0x10000) literals[token]!++;
    else {
      literals[LENGTH_SYMBOL[token >>> 16]!]!++;
      distances[DISTANCE_SYMBOL[token & 0xffff]!]!++;
    }
  }
  const literalLengths = codeLengths(literals, MAX_CODE);
  const distanceLengths = codeLengths(distances, MAX_CODE);
  out.write(last ? 1 : 0, 1);
  out.write(2, 2);
  writeCodeLengths(out, literalLengths, distanceLengths);
  const literalCodes = codesOf(literalLengths);
  const distanceCodes = codesOf(distanceLengths);
  const literal = (symbol: number) => out.write(literalCodes[symbol]!, literalLengths[symbol]!);
  for (const token of tokens) {
    if (token < 0x10000) {
      literal(token);
      continue;
    }
    const length = token >>> 16;
    const index = LENGTH_SYMBOL[length]!;
    literal(index);
    out.write(length - LENGTH_BASE[index - 257]!, LENGTH_EXTRA[index - 257]!);
    const distance = DISTANCE_SYMBOL[token & 0xffff]!;
    out.write(distanceCodes[distance]!, distanceLengths[distance]!);
    out.write((token & 0xffff) - DISTANCE_BASE[distance]!, DISTANCE_EXTRA[distance]!);
  }
  literal(END_OF_BLOCK);
}

/** RFC 1951, "Compression with dynamic Huffman codes (BTYPE=10)". */
function writeCodeLengths(out: BitWriter, literals: Uint8Array, distances: Uint8Array): void {
  const literalCount = Math.max(257, lastUsed(literals) + 1);
  const distanceCount = Math.max(1, lastUsed(distances) + 1);
  const runs = runLengths([...literals.subarray(0, literalCount), ...distances.subarray(0, distanceCount)]);
  const frequencies = new Uint32Array(19);
  for (const { symbol } of runs) frequencies[symbol]!++;
  const lengths = codeLengths(frequencies, MAX_LENGTH_CODE);
  const codes = codesOf(lengths);
  let count = LENGTH_ORDER.length;
  while (count > 4 && lengths[LENGTH_ORDER[count - 1]!] === 0) count--;
  out.write(literalCount - 257, 5);
  out.write(distanceCount - 1, 5);
  out.write(count - 4, 4);
  for (const symbol of LENGTH_ORDER.slice(0, count)) out.write(lengths[symbol]!, 3);
  for (const { symbol, extra, bits } of runs) {
    out.write(codes[symbol]!, lengths[symbol]!);
    out.write(extra, bits);
  }
}

interface RunLength {
  readonly symbol: number;
  readonly extra: number;
  readonly bits: number;
}

/** Code lengths with their repetitions: 16 repeats the last one, 17 and 18 are zeros. */
function runLengths(lengths: readonly number[]): RunLength[] {
  const runs: RunLength[] = [];
  for (let at = 0; at < lengths.length; ) {
    const length = lengths[at]!;
    let end = at + 1;
    while (end < lengths.length && lengths[end] === length) end++;
    let left = end - at;
    if (length !== 0) {
      runs.push({ symbol: length, extra: 0, bits: 0 });
      left--;
    }
    while (left >= 3) {
      const [symbol, base, bits, most] = length !== 0 ? [16, 3, 2, 6] : left <= 10 ? [17, 3, 3, 10] : [18, 11, 7, 138];
      const part = Math.min(left, most!);
      runs.push({ symbol: symbol!, extra: part - base!, bits: bits! });
      left -= part;
    }
    for (; left > 0; left--) runs.push({ symbol: length, extra: 0, bits: 0 });
    at = end;
  }
  return runs;
}

function lastUsed(lengths: Uint8Array): number {
  return lengths.findLastIndex((length) => length > 0);
}

function bases(extra: readonly number[], first: number): number[] {
  let next = first;
  return extra.map((bits) => {
    const base = next;
    next += 2 ** bits;
    return base;
  });
}

/** The symbol of every value up to `last`; those of lengths begin at 257. */
function symbols(base: readonly number[], last: number): Uint16Array {
  const offset = last === MAX_MATCH ? 257 : 0;
  return Uint16Array.from(
    { length: last + 1 },
    (_, value) =>
      Math.max(
        0,
        base.findLastIndex((first) => first <= value),
      ) + offset,
  );
}

/** Bits from the lowest on. */
class BitWriter {
  private buffer: Uint8Array;
  private length = 0;
  private pending = 0;
  private count = 0;

  constructor(size: number) {
    this.buffer = new Uint8Array(size);
  }

  /** At most 16 of them. */
  write(value: number, bits: number): void {
    this.pending |= value << this.count;
    for (this.count += bits; this.count >= 8; this.count -= 8) {
      this.push(this.pending & 0xff);
      this.pending >>>= 8;
    }
  }

  bytes(): Uint8Array {
    if (this.count > 0) this.push(this.pending & 0xff);
    this.count = 0;
    return this.buffer.subarray(0, this.length);
  }

  private push(byte: number): void {
    if (this.length === this.buffer.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer[this.length++] = byte;
  }
}
