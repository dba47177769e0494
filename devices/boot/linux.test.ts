import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { e820Map } from "../boards/memory-map.js";
import { BootError } from "./boot-error.js";
import { loadLinux } from "./linux.js";

const RAM = 4 << 20;
const SETUP_BYTES = 5 * 512;
const CODE_BYTES = 3000;

interface HeaderPatch {
  readonly version?: number;
  readonly loadFlags?: number;
  readonly initrdMax?: number;
  readonly commandLineSize?: number;
  readonly prefAddress?: bigint;
  readonly initSize?: number;
}

/** The smallest bzImage: a setup header, and code that says where it is. */
function bzImage(patch: HeaderPatch = {}): Uint8Array {
  const image = new Uint8Array(SETUP_BYTES + CODE_BYTES);
  const view = new DataView(image.buffer);
  view.setUint8(0x1f1, 4);
  view.setUint16(0x1fe, 0xaa55, true);
  view.setUint8(0x201, 0x66);
  view.setUint32(0x202, 0x53726448, true);
  view.setUint16(0x206, patch.version ?? 0x020f, true);
  view.setUint8(0x211, patch.loadFlags ?? 1);
  view.setUint32(0x22c, patch.initrdMax ?? 0x7fffffff, true);
  view.setUint32(0x238, patch.commandLineSize ?? 2047, true);
  view.setBigUint64(0x258, patch.prefAddress ?? 0x100000n, true);
  view.setUint32(0x260, patch.initSize ?? 0x10000, true);
  for (let i = 0; i < CODE_BYTES; i++) image[SETUP_BYTES + i] = (i * 7) & 0xff;
  return image;
}

function load(kernel: Uint8Array, { initrd, commandLine = "" }: { initrd?: Uint8Array; commandLine?: string } = {}) {
  const ram = new Uint8Array(RAM);
  const entry = loadLinux({ kernel, initrd, commandLine }, { ram, e820: e820Map(RAM), rsdp: 0xf0000 });
  return { ram, entry, zero: new DataView(ram.buffer, 0x10000, 4096) };
}

describe("a kernel that can be started", () => {
  test("lies at 1 MiB, and ESI points to the zero page with its header, command line, memory map and RSDP", () => {
    const { ram, entry, zero } = load(bzImage(), { commandLine: "console=ttyS0" });
    expect(entry).toMatchObject({ mode: "protected", eip: 0x100000, registers: { esi: 0x10000 } });
    expect(ram.subarray(0x100000, 0x100000 + CODE_BYTES)).toEqual(bzImage().subarray(SETUP_BYTES));
    expect(zero.getUint32(0x202, true)).toBe(0x53726448);
    expect(zero.getUint8(0x1e8)).toBe(e820Map(RAM).length);
    expect(zero.getBigUint64(0x70, true)).toBe(0xf0000n);
    const text = zero.getUint32(0x228, true);
    expect(String.fromCharCode(...ram.subarray(text, text + 14))).toBe("console=ttyS0\0");
  });

  test("its initrd lies page-aligned as high as the kernel allows", () => {
    const initrd = new Uint8Array(5000).fill(0x5a);
    for (const [initrdMax, at] of [
      [0x7fffffff, RAM - 0x2000],
      [0x2fffff, 0x300000 - 0x2000],
    ] as const) {
      const { ram, zero } = load(bzImage({ initrdMax }), { initrd });
      expect([zero.getUint32(0x218, true), zero.getUint32(0x21c, true)]).toEqual([at, 5000]);
      expect(ram.subarray(at, at + 5000)).toEqual(initrd);
    }
  });

  test("a setup size of zero means four sectors", () => {
    const kernel = bzImage();
    kernel[0x1f1] = 0;
    expect(load(kernel).ram[0x100001]).toBe(7);
  });
});

describe("what can not be started is said in a sentence", () => {
  const cases: readonly (readonly [string, () => void, RegExp])[] = [
    ["a file of nothing", () => load(new Uint8Array(0)), /not a bzImage.*0 bytes/],
    ["a file of text", () => load(new Uint8Array(5000).fill(0x41)), /not a bzImage: the "HdrS" setup header at offset 0x202 is missing/],
    ["a boot sector", () => load(bzImage().subarray(0, 512)), /not a bzImage/],
    ["a kernel of 1995", () => load(bzImage({ version: 0x0201 })), /boot protocol 2\.1; 2\.02 or newer/],
    ["a zImage", () => load(bzImage({ loadFlags: 0 })), /zImage/],
    ["a file cut off in its setup", () => load(bzImage().subarray(0, SETUP_BYTES)), /cut short: its setup alone has 2560 bytes/],
    ["a kernel that needs more memory", () => load(bzImage({ initSize: 0x400000 })), /kernel does not fit.*machine has 4 MiB/],
    ["a kernel that wants to be far up", () => load(bzImage({ prefAddress: 1n << 40n })), /kernel does not fit/],
    ["an initrd larger than memory", () => load(bzImage(), { initrd: new Uint8Array(RAM + 1) }), /initrd does not fit.*5 MiB/],
    ["an initrd below a limit", () => load(bzImage({ initrdMax: 0x1fff }), { initrd: new Uint8Array(99) }), /initrd does not fit/],
    [
      "a long command line",
      () => load(bzImage(), { commandLine: "x".repeat(2048) }),
      /command line has 2048 bytes; this kernel takes 2047/,
    ],
    ["a command line in Greek", () => load(bzImage(), { commandLine: "λ" }), /the character "λ"/],
  ];
  test.each(cases)("%s", (_, start, sentence) => {
    expect(start).toThrow(BootError);
    expect(start).toThrow(sentence);
  });

  test("a kernel that takes command lines of any length gets none that reaches the video memory", () => {
    const start = () => load(bzImage({ commandLineSize: 0xffffffff }), { commandLine: "x".repeat(0x90000) });
    expect(start).toThrow(BootError);
  });

  test("a kernel with more code than it says it needs does not overrun memory", () => {
    const kernel = new Uint8Array(SETUP_BYTES + RAM);
    kernel.set(bzImage({ initSize: 0 }).subarray(0, SETUP_BYTES));
    expect(() => load(kernel)).toThrow(/kernel does not fit/);
  });
});

test("whatever is in the header, the outcome is a loaded kernel or a BootError", () => {
  const bytes = fc.array(fc.tuple(fc.integer({ min: 0x1f1, max: 0x270 }), fc.nat(255)), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(bytes, fc.nat(CODE_BYTES + SETUP_BYTES), fc.nat(5 << 20), fc.nat(4000), (patches, length, initrdBytes, textBytes) => {
      const kernel = bzImage();
      for (const [at, byte] of patches) kernel[at] = byte;
      const cut = length % 3 === 0 ? kernel.subarray(0, length) : kernel;
      try {
        load(cut, { initrd: new Uint8Array(initrdBytes), commandLine: "x".repeat(textBytes) });
      } catch (error) {
        expect(error).toBeInstanceOf(BootError);
        expect((error as BootError).message).toMatch(/^[a-zE].{20,}[^.]$/);
      }
    }),
    { numRuns: 300 },
  );
});
