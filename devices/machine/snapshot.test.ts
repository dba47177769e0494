import fc from "fast-check";
import { deflateSync } from "fflate";
import { describe, expect, test } from "vitest";
import { crc32 } from "../crc32.js";
import { decodeSnapshot, encodeSnapshot, SNAPSHOT_VERSION, type SnapshotContent, SnapshotError, unpackMemory } from "./snapshot.js";

const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

function memory(size: number, ...bytes: readonly (readonly [at: number, value: number])[]): Uint8Array {
  const memory = new Uint8Array(size);
  for (const [at, value] of bytes) memory[at] = value;
  return memory;
}

const content: SnapshotContent = {
  machine: { version: 1, ramBytes: 0x8000, clock: "virtual", now: 12.5 },
  devices: {
    pit: { version: 3, counters: [1, 2, { nested: null, on: true }], big: -(2n ** 70n), bytes: Uint8Array.of(7, 8, 9) },
    "läuft – 名": { version: 1, text: 'ümläut \u{1f600} "\\' },
  },
  processor: Uint8Array.of(1, 2, 3, 4),
  memories: { ram: memory(0x8000, [0, 1], [0x4fff, 2]), video: memory(0x1000), rom: new Uint8Array(0) },
};

/** A file with a right prefix and checksum around any body. */
function fileOf(body: Uint8Array): Uint8Array {
  const packed = deflateSync(body);
  const file = new Uint8Array(16 + packed.length);
  file.set(encodeSnapshot(content).subarray(0, 12));
  new DataView(file.buffer).setUint32(12, crc32(packed), true);
  file.set(packed, 16);
  return file;
}

function bodyOf(header: unknown, blobs = new Uint8Array(0)): Uint8Array {
  const text = ascii(typeof header === "string" ? header : JSON.stringify(header));
  const body = new Uint8Array(4 + text.length + blobs.length);
  new DataView(body.buffer).setUint32(0, text.length, true);
  body.set(text, 4);
  body.set(blobs, 4 + text.length);
  return body;
}

test("CRC-32 is the usual one", () => {
  expect(crc32(ascii("123456789"))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

test("what was written is read: numbers, big integers, bytes, text of any script, and memories", () => {
  const decoded = decodeSnapshot(encodeSnapshot(content));
  expect({ ...decoded, memories: {} }).toEqual({ ...content, memories: {} });
  for (const [name, bytes] of Object.entries(content.memories)) {
    const target = new Uint8Array(decoded.memories[name]!.size).fill(0xee);
    unpackMemory(decoded.memories[name]!, target);
    expect(target, name).toEqual(bytes);
  }
});

test("pages of zeros take no room", () => {
  const { memories } = decodeSnapshot(encodeSnapshot(content));
  expect(memories["ram"]!.pages).toEqual([0, 4]);
  const large = encodeSnapshot({ ...content, memories: { ram: memory(64 << 20, [5, 5]) } });
  expect(large.length).toBeLessThan(2000);
});

test("any record that devices may save survives", () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
      fc.bigInt(),
      fc.boolean(),
      fc.string({ unit: "binary" }),
      fc.constant(null),
      fc.uint8Array({ maxLength: 20 }),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value, { noNullPrototype: true }), (fields) => {
      const devices = { device: { ...fields, version: 1 } } as unknown as SnapshotContent["devices"];
      expect(decodeSnapshot(encodeSnapshot({ ...content, devices })).devices).toEqual(devices);
    }),
  );
});

describe("a file that is no snapshot of this version is refused with a sentence", () => {
  const sealed = encodeSnapshot(content);
  const changed = (at: number, byte: number) => sealed.with(at, byte);
  const damaged = /damaged: it can not be unpacked/;
  const manyBrackets = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const memories = (ram: unknown) => ({ machine: {}, devices: {}, processor: { $length: 0 }, memories: { ram } });
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["nothing", new Uint8Array(0), /does not begin with "RINGSNAP"/],
    ["another file", ascii("MZ this is a program of some kind"), /does not begin with "RINGSNAP"/],
    ["another version", changed(8, SNAPSHOT_VERSION + 1), /has version \d+; this program takes version/],
    ["only the beginning", sealed.subarray(0, sealed.length >> 1), /damaged or cut short/],
    ["only the prefix", sealed.subarray(0, 16), /damaged or cut short/],
    ["a changed byte", changed(sealed.length - 5, sealed.at(-5)! ^ 1), /checksum is wrong/],
    ["an empty body", fileOf(new Uint8Array(0)), damaged],
    ["no JSON", fileOf(bodyOf("{")), damaged],
    ["JSON of another kind", fileOf(bodyOf("null")), damaged],
    ["JSON nested without end", fileOf(bodyOf(`{"machine":${manyBrackets}}`)), damaged],
    ["a big number that is none", fileOf(bodyOf({ machine: { n: { $big: "12x" } } })), damaged],
    ["no processor", fileOf(bodyOf({ machine: {}, devices: {} })), /a part is missing/],
    ["lists for records", fileOf(bodyOf({ machine: [], devices: [], processor: { $length: 0 } })), /a part is missing/],
    ["a blob beyond the end", fileOf(bodyOf({ machine: {}, devices: {}, processor: { $length: 5 } })), /cut short/],
    ["a blob of negative length", fileOf(bodyOf({ machine: { b: { $length: -1 } } })), /cut short/],
    ["a blob of half a byte", fileOf(bodyOf({ machine: { b: { $length: 0.5 } } })), /cut short/],
    ["a memory that is null", fileOf(bodyOf(memories(null))), damaged],
    ["a memory without pages", fileOf(bodyOf(memories({ size: 4096 }))), /memory "ram" is damaged/],
    [
      "a page beyond its memory",
      fileOf(bodyOf(memories({ size: 0, pages: [0], content: { $length: 4096 } }), new Uint8Array(4096))),
      /memory "ram" is damaged/,
    ],
    [
      "a page between pages",
      fileOf(bodyOf(memories({ size: 8192, pages: [0.5], content: { $length: 4096 } }), new Uint8Array(4096))),
      /memory "ram" is damaged/,
    ],
  ];
  test.each(cases)("%s", (_, file, sentence) => {
    expect(() => decodeSnapshot(file)).toThrow(SnapshotError);
    expect(() => decodeSnapshot(file)).toThrow(sentence);
  });
});

test("a small file may claim a huge memory, but only who asks for it allocates it", () => {
  const claim = { size: 2 ** 32, pages: [], content: { $length: 0 } };
  const memories = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`m${i}`, claim]));
  const decoded = decodeSnapshot(fileOf(bodyOf({ machine: {}, devices: {}, processor: { $length: 0 }, memories })));
  expect(decoded.memories["m99"]).toEqual({ size: 2 ** 32, pages: [], content: new Uint8Array(0) });
});

test("no change of any bytes goes unnoticed", () => {
  const file = encodeSnapshot(content);
  const change = fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }));
  fc.assert(
    fc.property(fc.uniqueArray(change, { minLength: 1, maxLength: 4, selector: ([at]) => at }), (changes) => {
      const copy = file.slice();
      for (const [at, bits] of changes) copy[at]! ^= bits;
      expect(() => decodeSnapshot(copy)).toThrow(SnapshotError);
    }),
    { numRuns: 500 },
  );
});

test("a damaged body with a right checksum is read or refused, and nothing else", () => {
  const header = JSON.stringify({
    machine: { version: 1 },
    devices: { pit: { a: { $big: "1" }, b: { $length: 3 } } },
    processor: { $length: 4 },
    memories: { ram: { size: 8192, pages: [1], content: { $length: 4096 } } },
  });
  const body = bodyOf(header, new Uint8Array(4096 + 7));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(header.length + 4), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.nat(body.length),
      (changes, cut) => {
        const copy = body.slice(0, cut % 2 === 0 ? body.length : cut);
        for (const [at, byte] of changes) if (at < copy.length) copy[at] = byte;
        try {
          decodeSnapshot(fileOf(copy));
        } catch (error) {
          expect(error).toBeInstanceOf(SnapshotError);
        }
      },
    ),
    { numRuns: 500 },
  );
});
