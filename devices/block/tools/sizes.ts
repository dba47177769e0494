// Sizes as qemu-img reads and prints them.

const EXABYTE = 2n ** 60n;
const UNITS: Readonly<Record<string, bigint>> = {
  b: 1n,
  k: 2n ** 10n,
  m: 2n ** 20n,
  g: 2n ** 30n,
  t: 2n ** 40n,
  p: 2n ** 50n,
  e: EXABYTE,
};

/** Bytes; "invalid": not a number with at most one suffix; "range": 2^64 or more. */
export type ParsedSize = bigint | "invalid" | "range";

/** "1.5G", "64k", "0x1000", "512": decimal fractions need a suffix, hexadecimal numbers take none. A fraction of a byte is cut off. */
export function parseSize(text: string): ParsedSize {
  const hexadecimal = /^0x[0-9a-f]+$/i.exec(text);
  if (hexadecimal) return below64(BigInt(text));
  const match = /^\+?(\d+)(?:\.(\d*))?([bkmgtpe]?)$/i.exec(text);
  if (!match) return "invalid";
  const [, whole, fraction = "", suffix] = match;
  const unit = UNITS[suffix!.toLowerCase() || "b"]!;
  const parts = BigInt(fraction || "0");
  if (unit === 1n && parts !== 0n) return "invalid";
  return below64(BigInt(whole!) * unit + (parts * unit) / 10n ** BigInt(fraction.length));
}

function below64(value: bigint): ParsedSize {
  return value < 2n ** 64n ? value : "range";
}

const PREFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** What C's "%0.3g" makes of `bytes` / `unit`, which is 0 or from 1000/1024 to 1024: ties go to the even digit. */
function threeDigits(bytes: bigint, unit: bigint): string {
  let decimals = 3;
  while (decimals > 0 && bytes >= unit * 10n ** BigInt(3 - decimals)) decimals--;
  const scaled = bytes * 10n ** BigInt(decimals);
  const twice = 2n * (scaled % unit);
  let digits = scaled / unit;
  if (twice > unit || (twice === unit && digits % 2n === 1n)) digits++;
  return digits >= 1000n && decimals === 0 ? "1e+03" : String(Number(digits) / 10 ** decimals);
}

/** "196 KiB", "1.33 MiB": three digits, and a larger unit from 1000 of a smaller one on. */
export function sizeText(bytes: number): string {
  let step = 0;
  while (bytes >= 1000 * 1024 ** step && step < PREFIXES.length - 1) step++;
  return `${threeDigits(BigInt(bytes), 1024n ** BigInt(step))} ${PREFIXES[step]}B`;
}
