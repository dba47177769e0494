/** A register or field of the manuals taken apart: which bits, what they are called, what they say. */

export interface BitField {
  /** "31:16", or "0". */
  readonly bits: string;
  /** The manual's name. */
  readonly name: string;
  readonly value: bigint;
  /** What the value says, in a few words; empty where the number says it. */
  readonly meaning: string;
}

/** Meaning of a field's value: a text each for 0, 1, 2 and so on, or a function. */
type Meaning = readonly string[] | ((value: bigint) => string);

export interface BitFieldLayout {
  readonly high: number;
  readonly low: number;
  readonly name: string;
  readonly meaning: Meaning;
}

/** One bit with what 0 and 1 say. */
export function bit(at: number, name: string, ...meaning: readonly string[]): BitFieldLayout {
  return { high: at, low: at, name, meaning };
}

export function bits(high: number, low: number, name: string, meaning: Meaning = []): BitFieldLayout {
  return { high, low, name, meaning };
}

function say(meaning: Meaning, value: bigint): string {
  return typeof meaning === "function" ? meaning(value) : (meaning[Number(value)] ?? "");
}

/** Every field of a layout, and last whatever bits it does not know, if one of them is set. `value` has up to 64 bits. */
export function decodeBits(value: bigint, layout: readonly BitFieldLayout[]): BitField[] {
  let rest = BigInt.asUintN(64, value);
  const fields = layout.map(({ high, low, name, meaning }) => {
    const mask = ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low);
    const field = (value & mask) >> BigInt(low);
    rest &= ~mask;
    return { bits: high === low ? `${low}` : `${high}:${low}`, name, value: field, meaning: say(meaning, field) };
  });
  return rest === 0n ? fields : [...fields, { bits: "other", name: "reserved", value: rest, meaning: "should be zero" }];
}
