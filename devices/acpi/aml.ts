// ACPI Machine Language: one function a term, each returning bytes. ACPI 5.0 chapter 20 "ACPI Machine Language (AML) Specification".
// Only the terms that this project's tables use.

export type Aml = readonly number[];

/** A NameString: `"PCI0"`, `"\\_SB.PCI0"`. Segments shorter than four characters are padded. */
export function nameString(path: string): Aml {
  const prefix = /^[\\^]*/.exec(path)![0];
  const segments = path
    .slice(prefix.length)
    .split(".")
    .flatMap((segment) => ascii(segment.padEnd(4, "_")));
  const count = segments.length / 4;
  const kind = count === 1 ? [] : count === 2 ? [0x2e] : [0x2f, count];
  return [...ascii(prefix), ...kind, ...segments];
}

export function integer(value: number): Aml {
  if (value <= 1) return [value];
  if (value <= 0xff) return [0x0a, value];
  if (value <= 0xffff) return [0x0b, ...word(value)];
  return [0x0c, ...dword(value)];
}

export function text(value: string): Aml {
  return [0x0d, ...ascii(value), 0];
}

/** A compressed EISA identifier: `"PNP0A03"`. */
export function eisaId(id: string): Aml {
  const letter = (index: number) => id.charCodeAt(index) - 0x40;
  const high = (letter(0) << 10) | (letter(1) << 5) | letter(2);
  const low = Number.parseInt(id.slice(3), 16);
  return [0x0c, high >> 8, high & 0xff, low >> 8, low & 0xff];
}

export function buffer(bytes: readonly number[]): Aml {
  return packed([0x11], [...integer(bytes.length), ...bytes]);
}

export function packageOf(elements: readonly Aml[]): Aml {
  return packed([0x12], [elements.length, ...elements.flat()]);
}

export function name(path: string, value: Aml): Aml {
  return [0x08, ...nameString(path), ...value];
}

export function scope(path: string, ...terms: readonly Aml[]): Aml {
  return packed([0x10], [...nameString(path), ...terms.flat()]);
}

export function device(path: string, ...terms: readonly Aml[]): Aml {
  return packed([0x5b, 0x82], [...nameString(path), ...terms.flat()]);
}

/** A serialized method of `parameters` arguments. */
export function method(path: string, parameters: number, ...terms: readonly Aml[]): Aml {
  return packed([0x14], [...nameString(path), parameters | 8, ...terms.flat()]);
}

/** An operation region in PCI configuration space. */
export function pciConfigRegion(path: string, offset: number, length: number): Aml {
  return [0x5b, 0x80, ...nameString(path), 2, ...integer(offset), ...integer(length)];
}

/** Byte-wide fields that fill a region from its start. */
export function byteFields(region: string, fields: readonly string[]): Aml {
  return packed([0x5b, 0x81], [...nameString(region), 1, ...fields.flatMap((field) => [...nameString(field), 8])]);
}

export function local(index: number): Aml {
  return [0x60 + index];
}

export function argument(index: number): Aml {
  return [0x68 + index];
}

export function reference(path: string): Aml {
  return nameString(path);
}

export function returns(value: Aml): Aml {
  return [0xa4, ...value];
}

export function store(value: Aml, target: Aml): Aml {
  return [0x70, ...value, ...target];
}

export function and(a: Aml, b: Aml, target: Aml = [0]): Aml {
  return [0x7b, ...a, ...b, ...target];
}

export function or(a: Aml, b: Aml, target: Aml = [0]): Aml {
  return [0x7d, ...a, ...b, ...target];
}

export function when(condition: Aml, ...terms: readonly Aml[]): Aml {
  return packed([0xa0], [...condition, ...terms.flat()]);
}

export function otherwise(...terms: readonly Aml[]): Aml {
  return packed([0xa1], terms.flat());
}

export function createDwordField(source: Aml, offset: number, path: string): Aml {
  return [0x8a, ...source, ...integer(offset), ...nameString(path)];
}

export function call(path: string, ...parameters: readonly Aml[]): Aml {
  return [...nameString(path), ...parameters.flat()];
}

export function ascii(value: string): number[] {
  return [...value].map((character) => character.charCodeAt(0));
}

export function word(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff];
}

export function dword(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}

// ACPI 20.2.4 "Package Length Encoding": the length counts its own bytes.
function packed(opcode: readonly number[], body: readonly number[]): Aml {
  for (let extra = 0; extra < 4; extra++) {
    const length = body.length + 1 + extra;
    if (extra === 0 && length < 0x40) return [...opcode, length, ...body];
    if (extra > 0 && length < 2 ** (4 + 8 * extra)) {
      const rest = Array.from({ length: extra }, (_, index) => (length >>> (4 + 8 * index)) & 0xff);
      return [...opcode, (extra << 6) | (length & 15), ...rest, ...body];
    }
  }
  throw new Error("AML package of 256 MiB");
}
