import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { e820Map } from "../boards/memory-map.js";
import { BootError } from "./boot-error.js";
import { loadMultiboot } from "./multiboot.js";

const RAM = 2 << 20;
const MAGIC = 0x1badb002;
const ADDRESSES = 1 << 16;

function header(view: DataView, at: number, flags: number, addresses: readonly number[] = []): void {
  view.setUint32(at, MAGIC, true);
  view.setUint32(at + 4, flags, true);
  view.setUint32(at + 8, -(MAGIC + flags) >>> 0, true);
  for (const [i, address] of addresses.entries()) view.setUint32(at + 12 + i * 4, address, true);
}

/** header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr of an image that is loaded at 1 MiB. */
const FIELDS = [0x100010, 0x100000, 0, 0x105000, 0x100040];

function kludge(fields: readonly number[] = FIELDS, flags = 0): Uint8Array {
  const image = new Uint8Array(0x400);
  header(new DataView(image.buffer), 16, ADDRESSES | flags, fields);
  image.fill(0x77, 0x40);
  return image;
}

interface Segment {
  readonly type?: number;
  readonly offset?: number;
  readonly virtual?: number;
  readonly physical: number;
  readonly fileSize?: number;
  readonly memorySize?: number;
}

const ELF_DATA = 0x200;

function elf(segments: readonly Segment[], entry = 0x100000): Uint8Array {
  const image = new Uint8Array(0x1000);
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 3, true);
  view.setUint32(24, entry, true);
  view.setUint32(28, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, segments.length, true);
  for (const [i, s] of segments.entries()) {
    const fileSize = s.fileSize ?? 0x100;
    const fields = [s.type ?? 1, s.offset ?? ELF_DATA, s.virtual ?? s.physical, s.physical, fileSize, s.memorySize ?? fileSize, 7, 4];
    for (const [j, field] of fields.entries()) view.setUint32(52 + i * 32 + j * 4, field, true);
  }
  header(view, 0x180, 0);
  image.fill(0x66, ELF_DATA, ELF_DATA + 0x100);
  return image;
}

/** An ELF file that ends before its header does, but has a multiboot header. */
function shortElf(): Uint8Array {
  const image = new Uint8Array(40);
  image.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  header(new DataView(image.buffer), 16, 0);
  return image;
}

function load(kernel: Uint8Array, { module, commandLine = "" }: { module?: Uint8Array; commandLine?: string } = {}) {
  const ram = new Uint8Array(RAM);
  const entry = loadMultiboot({ kernel, module, commandLine }, ram, e820Map(RAM));
  return { ram, entry, info: new DataView(ram.buffer, 0x10000, 4096) };
}

describe("an image that can be started", () => {
  test("by its address fields: loaded, its BSS cleared, entered with the loader's magic and its information", () => {
    const { ram, entry, info } = load(kludge(), { commandLine: "a b" });
    expect(entry).toMatchObject({ eip: 0x100040, registers: { eax: 0x2badb002, ebx: 0x10000 } });
    expect([ram[0x100040], ram[0x1003ff], ram[0x100400]]).toEqual([0x77, 0x77, 0]);
    expect(info.getUint32(0, true) & 0x4d).toBe(0x45);
    const text = info.getUint32(16, true);
    expect(String.fromCharCode(...ram.subarray(text, text + 4))).toBe("a b\0");
    expect(info.getUint32(8, true)).toBe(RAM / 1024 - 1024);
  });

  test("by its ELF segments, entered where the virtual entry address lies in memory", () => {
    const { ram, entry } = load(elf([{ physical: 0x100000, virtual: 0xc0100000, memorySize: 0x200 }], 0xc0100010));
    expect(entry).toMatchObject({ eip: 0x100010 });
    expect([ram[0x100000], ram[0x1000ff], ram[0x100100]]).toEqual([0x66, 0x66, 0]);
  });

  test("its module lies on a page of its own behind the kernel", () => {
    const module = new Uint8Array(100).fill(0x33);
    const { ram, info } = load(kludge(), { module });
    const [start, end] = [info.getUint32(0x200, true), info.getUint32(0x204, true)];
    expect([start, end]).toEqual([0x105000, 0x105064]);
    expect(ram.subarray(start, end)).toEqual(module);
  });
});

describe("what can not be started is said in a sentence", () => {
  const patched = (image: Uint8Array, at: number, ...bytes: number[]) => {
    image.set(bytes, at);
    return image;
  };
  const cases: readonly (readonly [string, () => void, RegExp])[] = [
    ["no header", () => load(new Uint8Array(9000)), /no multiboot header in its first 8 KiB/],
    ["a wrong checksum", () => load(patched(kludge(), 24, 0)), /no multiboot header/],
    ["a header beyond 8 KiB", () => load(new Uint8Array([...new Uint8Array(8192), ...kludge()])), /no multiboot header/],
    ["an unknown required feature", () => load(kludge(FIELDS, 8)), /requires features that are not known: 0x8/],
    ["address fields cut off", () => load(kludge().subarray(0, 40)), /cut short: its address fields are missing/],
    ["a load address before the file", () => load(kludge([0x100000, 0x100000 - 64, 0, 0, 0])), /before the start of the file/],
    ["an end beyond the file", () => load(kludge([0x100010, 0x100000, 0x101000, 0, 0])), /load_end_addr lies beyond the end/],
    ["a BSS beyond memory", () => load(kludge([0x100010, 0x100000, 0, 0xf0000000, 0])), /does not fit/],
    ["an image over video memory", () => load(kludge([0x9fff0, 0x9ffe0, 0, 0, 0])), /lies over the video memory/],
    ["an image over the loader's data", () => load(kludge([0x10010, 0x10000, 0, 0, 0])), /lies over the loader's own data/],
    ["an ELF header cut off", () => load(shortElf()), /its header has 52 bytes, the file 40/],
    ["an ELF file for 64 bits", () => load(patched(elf([{ physical: 0x100000 }]), 4, 2)), /not for a 32-bit little-endian x86/],
    ["an ELF file for ARM", () => load(patched(elf([{ physical: 0x100000 }]), 18, 40)), /not for a 32-bit little-endian x86/],
    [
      "program headers beyond the file",
      () => load(patched(elf([{ physical: 0x100000 }]), 28, 0xf0, 0x0f)),
      /program headers at 0xff0 lie beyond/,
    ],
    [
      "a segment beyond the file",
      () => load(elf([{ physical: 0x100000, fileSize: 0x2000 }])),
      /segment 0 ends at 0x2200, the file at 0x1000/,
    ],
    ["a segment beyond memory", () => load(elf([{ physical: 0x1fff80 }])), /ELF segment 0 does not fit/],
    ["a segment that shrinks", () => load(elf([{ physical: 0x100000, memorySize: 5 }])), /more bytes in the file than in memory/],
    ["no loadable segment", () => load(elf([{ type: 2, physical: 0x100000 }])), /no loadable segment/],
    ["a module larger than memory", () => load(kludge(), { module: new Uint8Array(RAM) }), /the module does not fit/],
    ["a command line longer than its room", () => load(kludge(), { commandLine: "x".repeat(0x10000) }), /longer than the room/],
  ];
  test.each(cases)("%s", (_, start, sentence) => {
    expect(start).toThrow(BootError);
    expect(start).toThrow(sentence);
  });
});

test("whatever is in the headers, the outcome is a loaded image or a BootError", () => {
  const patches = fc.array(fc.tuple(fc.nat(0x1a0), fc.nat(255)), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(patches, fc.boolean(), fc.nat(0x1000), fc.nat(2 << 20), (bytes, isElf, length, moduleBytes) => {
      const kernel = isElf ? elf([{ physical: 0x100000 }, { physical: 0x110000, memorySize: 0x800 }]) : kludge();
      for (const [at, byte] of bytes) kernel[at] = byte;
      // Most mutations spoil the checksum, and with it everything behind it.
      const at = isElf ? 0x180 : 16;
      const view = new DataView(kernel.buffer);
      view.setUint32(at, MAGIC, true);
      view.setUint32(at + 8, -(MAGIC + view.getUint32(at + 4, true)) >>> 0, true);
      const cut = length % 4 === 0 ? kernel.subarray(0, length) : kernel;
      try {
        load(cut, { module: new Uint8Array(moduleBytes) });
      } catch (error) {
        expect(error).toBeInstanceOf(BootError);
        expect((error as BootError).message).toMatch(/^[a-zE].{20,}[^.]$/);
      }
    }),
    { numRuns: 500 },
  );
});
