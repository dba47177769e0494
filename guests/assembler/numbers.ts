// Integer and floating literals of NASM.

/** The value of an integer literal with any of NASM's prefixes and suffixes, or undefined if it is not one. */
export function parseInteger(literal: string): bigint | undefined {
  const s = literal.replaceAll("_", "").toLowerCase();
  for (const [pattern, radix] of FORMS) {
    const digits = pattern.exec(s)?.[1];
    if (digits !== undefined) return BigInt.asUintN(64, parseDigits(digits, radix));
  }
  return undefined;
}

const FORMS: readonly (readonly [RegExp, bigint])[] = [
  [/^(?:0x|0h|\$)([0-9a-f]+)$/, 16n],
  [/^([0-9][0-9a-f]*)[hx]$/, 16n],
  [/^0[by]([01]+)$/, 2n],
  [/^([01]+)[by]$/, 2n],
  [/^0[oq]([0-7]+)$/, 8n],
  [/^([0-7]+)[oq]$/, 8n],
  [/^0[dt]([0-9]+)$/, 10n],
  [/^([0-9]+)[dt]?$/, 10n],
];

function parseDigits(digits: string, radix: bigint): bigint {
  let value = 0n;
  for (const digit of digits) value = value * radix + BigInt(Number.parseInt(digit, 16));
  return value;
}

export function isFloatLiteral(literal: string): boolean {
  return parseInteger(literal) === undefined && (DECIMAL.test(literal) || HEXADECIMAL.test(literal));
}

const DECIMAL = /^([0-9_]*)(?:\.([0-9_]*))?(?:[eE]([+-]?[0-9_]+))?$/;
const HEXADECIMAL = /^0[xXhH]([0-9a-fA-F_]*)(?:\.([0-9a-fA-F_]*))?(?:[pP]([+-]?[0-9_]+))?$/;

/** An IEEE 754 binary format; `explicit` is the integer bit that only the 80-bit format stores. */
interface FloatFormat {
  readonly bytes: number;
  readonly exponentBits: number;
  readonly fractionBits: number;
  readonly explicit: boolean;
}

const FORMATS: readonly FloatFormat[] = [
  { bytes: 1, exponentBits: 4, fractionBits: 3, explicit: false },
  { bytes: 2, exponentBits: 5, fractionBits: 10, explicit: false },
  { bytes: 4, exponentBits: 8, fractionBits: 23, explicit: false },
  { bytes: 8, exponentBits: 11, fractionBits: 52, explicit: false },
  { bytes: 10, exponentBits: 15, fractionBits: 63, explicit: true },
  { bytes: 16, exponentBits: 15, fractionBits: 112, explicit: false },
];

/** The encoding of a literal or of `infinity`, `nan`, `qnan`, `snan` in a format of so many bytes, rounded to nearest even. */
export function encodeFloat(literal: string, bytes: number, negative: boolean): bigint | undefined {
  const format = FORMATS.find((f) => f.bytes === bytes);
  if (format === undefined) return undefined;
  const special = encodeSpecial(literal, format);
  const bits = special ?? encodeFinite(literal, format);
  if (bits === undefined) return undefined;
  return negative ? bits | (1n << BigInt(bytes * 8 - 1)) : bits;
}

function pack(format: FloatFormat, exponent: number, fraction: bigint): bigint {
  const width = BigInt(format.fractionBits + (format.explicit ? 1 : 0));
  return (BigInt(exponent) << width) | fraction;
}

function encodeSpecial(literal: string, format: FloatFormat): bigint | undefined {
  const top = (1 << format.exponentBits) - 1;
  const integerBit = format.explicit ? 1n << 63n : 0n;
  const quiet = 1n << BigInt(format.fractionBits - 1);
  switch (literal) {
    case "infinity":
      return pack(format, top, integerBit);
    case "nan":
    case "qnan":
      return pack(format, top, integerBit | quiet);
    case "snan":
      return pack(format, top, integerBit | 1n);
    default:
      return undefined;
  }
}

/** The literal as an exact fraction. */
function toFraction(literal: string): [bigint, bigint] | undefined {
  const s = literal.replaceAll("_", "");
  const hex = HEXADECIMAL.exec(s);
  const [, whole = "", part = "", power = "0"] = hex ?? DECIMAL.exec(s) ?? [];
  if (whole + part === "") return undefined;
  const digits = parseDigits(whole + part, hex ? 16n : 10n);
  const exponent = BigInt(power) - BigInt(part.length) * (hex ? 4n : 1n);
  const base = hex ? 2n : 10n;
  return exponent < 0n ? [digits, base ** -exponent] : [digits * base ** exponent, 1n];
}

function bitLength(n: bigint): number {
  return n === 0n ? 0 : n.toString(2).length;
}

function roundDivide(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const up = twice > denominator || (twice === denominator && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

function encodeFinite(literal: string, format: FloatFormat): bigint | undefined {
  const fraction = toFraction(literal);
  if (fraction === undefined) return undefined;
  const [n, d] = fraction;
  if (n === 0n) return 0n;
  const bias = (1 << (format.exponentBits - 1)) - 1;
  const precision = format.fractionBits + 1;
  // First guess of floor(log2(n/d)), then put right.
  let exponent = bitLength(n) - bitLength(d);
  if (exponent >= 0 ? n < d << BigInt(exponent) : n << BigInt(-exponent) < d) exponent--;
  const scale = precision - 1 - Math.max(exponent, 1 - bias);
  let significand = scale >= 0 ? roundDivide(n << BigInt(scale), d) : roundDivide(n, d << BigInt(-scale));
  exponent = Math.max(exponent, 1 - bias);
  if (bitLength(significand) > precision) {
    significand >>= 1n;
    exponent++;
  }
  const normal = bitLength(significand) === precision;
  const biased = normal ? exponent + bias : 0;
  if (biased >= (1 << format.exponentBits) - 1) return encodeSpecial("infinity", format);
  const stored = format.explicit ? significand : significand & ((1n << BigInt(format.fractionBits)) - 1n);
  return pack(format, biased, stored);
}
