// Every constant of series-tables.ts, computed anew with integers of 400 bits.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const BITS = 400n;
const ONE = 1n << BITS;
const times = (a: bigint, b: bigint) => (a * b) / ONE;

const source = readFileSync(new URL("./series-tables.ts", import.meta.url), "utf8");

/** The table's 128-bit numbers. */
function table(name: string): bigint[] {
  const body = new RegExp(`const ${name}: StaticArray<u64> = \\[([^\\]]*)\\]`).exec(source)![1]!;
  const words = [...body.matchAll(/0x[0-9a-f]+/g)].map((match) => BigInt(match[0]));
  return Array.from({ length: words.length / 2 }, (_, i) => (words[2 * i]! << 64n) | words[2 * i + 1]!);
}

/** `count` numbers from `first` on, as fixed point with `fraction` bits, rounded to nearest. */
function expected(first: number, count: number, fraction: bigint, f: (n: bigint) => bigint): bigint[] {
  const drop = BITS - fraction;
  return Array.from({ length: count }, (_, i) => (f(BigInt(first + i)) + (1n << (drop - 1n))) >> drop);
}

/** Sum of terms until they vanish. */
function series(term: bigint, next: (term: bigint, k: bigint) => bigint, value = (t: bigint, _k: bigint) => t): bigint {
  let sum = 0n;
  let t = term;
  for (let k = 0n; t !== 0n; k++) {
    sum += value(t, k);
    t = next(t, k);
  }
  return sum;
}

const factorial = (n: bigint): bigint => (n < 2n ? 1n : n * factorial(n - 1n));
/** ln(n / d), by artanh((n - d) / (n + d)). */
function logarithm(n: bigint, d: bigint): bigint {
  const z = ((n - d) * ONE) / (n + d);
  const artanh = series(
    z,
    (t) => times(t, times(z, z)),
    (t, k) => t / (2n * k + 1n),
  );
  return 2n * artanh;
}
const LN2 = logarithm(2n, 1n);
const power = (i: bigint) => series(ONE, (t, k) => times(t, (LN2 * i) / 32n) / (k + 1n));
const root = (n: bigint, x = n): bigint => {
  const y = (x + n / x) >> 1n;
  return y >= x ? x : root(n, y);
};
/** atan t, halving the angle four times first. */
function arcTangent(t: bigint): bigint {
  let x = t;
  for (let i = 0; i < 4; i++) x = (x * ONE) / (ONE + root((ONE + times(x, x)) * ONE));
  return (
    16n *
    series(
      x,
      (u) => -times(u, times(x, x)),
      (u, k) => u / (2n * k + 1n),
    )
  );
}

test("coefficients are reciprocals of factorials and of odd numbers", () => {
  expect(table("SINE")).toEqual(expected(1, 17, 128n, (k) => ONE / factorial(2n * k + 1n)));
  expect(table("COSINE")).toEqual(expected(1, 17, 128n, (k) => ONE / factorial(2n * k)));
  expect(table("ODD")).toEqual(expected(1, 11, 128n, (k) => ONE / (2n * k + 1n)));
  expect(table("EXPONENTIAL")).toEqual(expected(2, 15, 128n, (k) => ONE / factorial(k)));
});

test("starting points are arc tangents, powers and logarithms of i / 32", () => {
  expect(table("ARC_TANGENTS")).toEqual(expected(0, 33, 126n, (i) => arcTangent((ONE * i) / 32n)));
  expect(table("POWERS")).toEqual(expected(0, 33, 126n, power));
  const magnitude = (v: bigint) => (v < 0n ? -v : v);
  expect(table("LOGARITHMS")).toEqual(expected(22, 25, 126n, (i) => (magnitude(logarithm(i, 32n)) * ONE) / LN2));
});
