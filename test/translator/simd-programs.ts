// Random MMX and SSE instructions from the rows of the instruction table, and operands for them on which implementations differ: special
// numbers, neighbours of the limits that the translator tests for, all rounding modes and masks.
import type { InstructionRow } from "../../core/isa/row.js";
import { simdRows } from "../../core/isa/simd.js";
import { CR0_DEFAULT, CR4_DEFAULT, DATA, DATA_BYTES, type Input } from "./pair.js";

/** A 32-bit generator: xorshift. Marsaglia, "Xorshift RNGs". */
export class Random {
  constructor(private state: number) {}

  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }

  below(n: number): number {
    return this.next() % n;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

// ------------------------------------------------------------------------------------------------------------ instructions

const PREFIXES: Readonly<Record<string, readonly number[]>> = { NP: [], "66": [0x66], F2: [0xf2], F3: [0xf3] };
const [ECX, ESP, ESI, EDI] = [1, 4, 6, 7];
/** General registers that programs may change: ECX counts and ESI points to the operands. */
const FREE = [0, 2, 3, 5];
/** Operands lie around the middle of the data, which is the edge of two pages. */
const MIDDLE = DATA_BYTES / 2;
const SPREAD = 64;

interface Encoding {
  readonly name: string;
  readonly prefix: readonly number[];
  readonly opcode: readonly number[];
  /** modrm.reg if the opcode fixes it. */
  readonly extension: number | undefined;
  readonly immediate: boolean;
  readonly modrm: boolean;
  readonly toMemory: boolean;
  readonly toRegister: boolean;
  /** The register operand that modrm.reg or modrm.rm names is a general one. */
  readonly generalReg: boolean;
  readonly generalRm: boolean;
}

function encoding(row: InstructionRow): Encoding {
  const [first, ...rest] = row.opcode.split(" ") as [string, ...string[]];
  const extension = rest.find((part) => part.startsWith("/"));
  const operands = row.operands.split(",").filter((operand) => operand);
  const rm = operands.find((operand) => /^[EWQMUNR]/.test(operand)) ?? "";
  return {
    name: `${row.mnemonic} ${row.operands}`,
    prefix: PREFIXES[first]!,
    opcode: rest.filter((part) => !part.startsWith("/")).map((part) => Number.parseInt(part, 16)),
    extension: extension ? Number(extension[1]) : undefined,
    immediate: operands.includes("Ib"),
    modrm: operands.length > 0,
    toMemory: /^[EWQM]/.test(rm),
    toRegister: /^[EWQUNR]/.test(rm),
    generalReg: operands.some((operand) => operand.startsWith("G")),
    generalRm: /^E/.test(rm),
  };
}

/** LDMXCSR would take a control word of chance. MASKMOV writes through EDI. */
export const ENCODINGS: readonly Encoding[] = simdRows.filter((row) => row.mnemonic !== "ldmxcsr").map(encoding);

const IMMEDIATES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 255];

/** Aligned: inputs whose ESI is not make operands that are not. */
function displacement(random: Random): number {
  return (random.below(2 * SPREAD) - SPREAD) & ~15;
}

export function encode(e: Encoding, random: Random): number[] {
  const bytes = [...e.prefix, ...e.opcode];
  if (e.modrm) {
    const memory = e.toMemory && (!e.toRegister || random.below(3) === 0);
    const reg = e.extension ?? (e.generalReg ? random.pick(FREE) : random.below(8));
    if (memory) {
      // [esi + disp8]
      bytes.push(0x40 | (reg << 3) | ESI, displacement(random) & 0xff);
    } else bytes.push(0xc0 | (reg << 3) | (e.generalRm ? random.pick(FREE) : random.below(8)));
  }
  if (e.immediate) bytes.push(random.below(2) ? random.pick(IMMEDIATES) : random.below(256));
  return bytes;
}

// ------------------------------------------------------------------------------------------------------------ operands

const view = new DataView(new ArrayBuffer(8));

function doubleBits(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** Biased exponents near which something changes. */
const DOUBLE_EXPONENTS = [0, 1, 2, 52, 53, 54, 63, 64, 511, 512, 522, 523, 897, 898, 1022, 1023, 1024, 1053, 1054, 1055, 1085, 1149, 1150];
const MORE_DOUBLE_EXPONENTS = [1522, 1523, 1534, 1535, 1536, 2044, 2045, 2046, 2047];
const ALL_DOUBLE_EXPONENTS = [...DOUBLE_EXPONENTS, ...MORE_DOUBLE_EXPONENTS];
const SINGLE_EXPONENTS = [
  0, 1, 2, 23, 24, 31, 32, 63, 64, 66, 67, 126, 127, 128, 149, 150, 157, 158, 159, 186, 187, 190, 191, 252, 253, 254, 255,
];
const DOUBLE_VALUES = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -2.5,
  3,
  1 / 3,
  7,
  0.1,
  2147483647,
  2147483647.5,
  -2147483648,
  2147483648,
  1e10,
  16777217,
];

/** 52 bits. */
function fraction(random: Random): bigint {
  const high = random.pick([0, 0, 1, 0xfffff, random.next() & 0xfffff]);
  const low = random.pick([0, high === 0xfffff ? 0xffffffff : 1, random.next()]);
  return (BigInt(high) << 32n) | BigInt(low);
}

function double(random: Random): bigint {
  const kind = random.below(4);
  if (kind === 0) return doubleBits(random.pick(DOUBLE_VALUES));
  if (kind === 1) return doubleBits((random.next() - 2 ** 31) / 2 ** random.below(40));
  return doubleWith(random, random.pick(ALL_DOUBLE_EXPONENTS));
}

function doubleWith(random: Random, exponent: number): bigint {
  return (BigInt(random.below(2)) << 63n) | (BigInt(exponent) << 52n) | fraction(random);
}

function single(random: Random): number {
  const kind = random.below(4);
  if (kind < 2) {
    view.setFloat32(0, kind ? (random.next() - 2 ** 31) / 2 ** random.below(40) : random.pick(DOUBLE_VALUES));
    return view.getUint32(0);
  }
  return singleWith(random, random.pick(SINGLE_EXPONENTS));
}

function singleWith(random: Random, exponent: number): number {
  return ((random.below(2) << 31) | (exponent << 23) | Number(fraction(random) >> 29n)) >>> 0;
}

const DWORDS = [0, 1, 15, 16, 17, 31, 32, 63, 64, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Mostly numbers of one kind, so that several of them meet. */
function quad(random: Random, kind: number): bigint {
  if (kind === 0) return double(random);
  if (kind === 1) return (BigInt(single(random)) << 32n) | BigInt(single(random));
  if (kind === 2) return (BigInt(random.pick(DWORDS)) << 32n) | BigInt(random.pick(DWORDS));
  if (kind === 3) return BigInt(random.pick(DWORDS));
  return (BigInt(random.next()) << 32n) | BigInt(random.next());
}

function ordinary(random: Random, doubles: boolean): bigint {
  // Odd numbers of 26 and 27 bits: their products have just one bit less than a double, as many, or one more.
  const value = () =>
    random.pick([0, 1, -3, 0.5, 1234.5, (random.next() - 2 ** 31) / 65536, (random.next() >>> 5) | 1, (random.next() >>> 6) | 1]);
  if (doubles) return doubleBits(value());
  view.setFloat32(0, value());
  view.setFloat32(4, value());
  return view.getBigUint64(0);
}

/** Numbers about one size, whose sums and products may come near the ends of the range. */
function alike(random: Random, doubles: boolean): () => bigint {
  const base = random.pick(doubles ? ALL_DOUBLE_EXPONENTS : SINGLE_EXPONENTS);
  const end = doubles ? 2047 : 255;
  const exponent = () => Math.min(Math.max(base + random.below(3) - 1, 0), end);
  if (doubles) return () => doubleWith(random, exponent());
  return () => (BigInt(singleWith(random, exponent())) << 32n) | BigInt(singleWith(random, exponent()));
}

function quads(random: Random): () => bigint {
  const kind = random.below(12);
  if (kind < 5) return () => quad(random, kind);
  return kind < 8 ? () => ordinary(random, kind !== 7) : alike(random, kind < 10);
}

function fill(bytes: Uint8Array, next: () => bigint, random: Random, step: number, size: number): void {
  const to = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += step)
    for (let n = 0; n < size; n += 8) to.setBigUint64(at + n, random.below(8) === 0 ? quad(random, random.below(5)) : next(), true);
}

const MASKED = 0x1f80;
const PRECISION = 0x20;

/** All exceptions masked, and what programs have after their first inexact result; less often anything. */
function controlWord(random: Random): number {
  const kind = random.below(8);
  if (kind < 3) return MASKED | PRECISION;
  if (kind === 3) return MASKED;
  if (kind === 4) return MASKED | PRECISION | (random.below(4) << 13);
  if (kind === 5) return MASKED | PRECISION | random.pick([0x40, 0x8000, 0x8040]);
  return random.below(0x10000);
}

export function randomInput(random: Random): Input {
  const registers = Uint32Array.from({ length: 8 }, () => (random.below(2) ? random.pick(DWORDS) : random.next()));
  registers[ECX] = 1;
  registers[ESP] = 0x9000;
  registers[ESI] = DATA + MIDDLE + (random.below(6) === 0 ? random.below(SPREAD) : 0);
  registers[EDI] = DATA + MIDDLE + random.below(SPREAD);
  const vectors = new Uint8Array(128);
  const floats = new Uint8Array(128);
  const data = new Uint8Array(DATA_BYTES);
  const next = quads(random);
  fill(vectors, next, random, 16, 16);
  fill(floats, next, random, 16, 8);
  fill(data.subarray(MIDDLE - 2 * SPREAD, MIDDLE + 3 * SPREAD), next, random, 8, 8);
  const rare = random.below(40);
  return {
    registers,
    vectors,
    floats,
    data,
    mxcsr: controlWord(random),
    x87Status: random.below(8) << 11,
    x87Tags: random.below(0x10000),
    flags: 2 | (random.next() & 0x8d5),
    cr0: rare === 0 ? CR0_DEFAULT | random.pick([4, 8, 12]) : CR0_DEFAULT,
    cr4: rare === 1 ? 0 : CR4_DEFAULT,
  };
}
