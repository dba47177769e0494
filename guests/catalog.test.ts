import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Decoder, DecoderOptions } from "iced-x86";
import { describe, expect, test } from "vitest";
import { type BuiltGuest, buildGuest, buildSources, guests, UnknownGuestError } from "./catalog.js";
import { SOURCES } from "./generated/sources.js";
import { GUESTS, isInstalled, withTemporaryFolder } from "./testing/programs.js";

test("every source file belongs to a guest", () => {
  const used = new Set(guests.flatMap((g) => Object.keys(g.files)));
  expect([...used].sort()).toEqual(Object.keys(SOURCES).sort());
});

describe("hello", () => {
  const { bytes, loadAddress, entry, kind } = buildGuest("hello");
  test("is one sector that ends with the boot signature", () => {
    expect(kind).toBe("boot-sector");
    expect(bytes).toHaveLength(512);
    expect([...bytes.subarray(510)]).toEqual([0x55, 0xaa]);
  });
  test("starts where a sector is loaded", () => {
    expect([loadAddress, entry]).toEqual([0x7c00, 0x7c00]);
  });
});

describe("teaching kernel", () => {
  const { bytes, loadAddress, entry, symbols, listing } = buildGuest("teaching-kernel");
  const header = new DataView(bytes.buffer, bytes.byteOffset + 8);
  const word = (i: number) => header.getUint32(i * 4, true);

  test("has a multiboot header whose checksum is right, within the first 8 KiB", () => {
    expect(word(0)).toBe(0x1badb002);
    expect((word(0) + word(1) + word(2)) >>> 0).toBe(0);
  });
  test("the header's addresses are those of the image", () => {
    expect([word(3), word(4), word(5), word(7)]).toEqual([loadAddress + 8, loadAddress, loadAddress + bytes.length, entry]);
  });
  test("the ring 3 code is a page of its own, written for its own address", () => {
    expect(symbols.get("user_main")?.value).toBe(0x40000000n);
    expect(Number(symbols.get("user_image")?.value) % 4096).toBe(0);
    expect(symbols.get("user_image")?.value).toBe(BigInt(loadAddress + bytes.length - 4096));
  });
  test("every file's lines can be found by address", () => {
    const files = new Set(listing.map((l) => l.file));
    expect([...files].sort()).toEqual(
      "commands console faults gdt idt input inspect kernel paging shell syscalls tasks timer user"
        .split(" ")
        .map((f) => (f === "kernel" ? "teaching-kernel/kernel.asm" : `${f}.asm`))
        .sort(),
    );
  });
});

describe("teaching kernel for the paravirtual interface", () => {
  const pv = buildGuest("teaching-kernel-pv");
  const bare = buildGuest("teaching-kernel");

  test("is of the same sources, and the bare one is the one it was before there were two", () => {
    expect(createHash("sha256").update(bare.bytes).digest("hex")).toBe("d6d38ac670c8aa116cd1707ee08815dbb1703ee9f5474581e7d4c0a273951dd4");
    expect(bare.symbols.has("pv_events")).toBe(false);
    expect(pv.symbols.has("interrupt_end")).toBe(false);
  });

  test("has no privileged instruction in the kernel", () => {
    // Looked for in the bytes, so that it does not matter which macro they come from.
    const privileged = (guest: BuiltGuest) =>
      guest.listing
        .filter(({ file }) => file !== "user.asm")
        .filter(({ address, length }) => {
          const offset = address - guest.loadAddress;
          const instruction = new Decoder(32, guest.bytes.subarray(offset, offset + length), DecoderOptions.None).decode();
          // What is longer is data.
          return instruction.length === length && instruction.isPrivileged;
        }).length;
    expect(privileged(pv)).toBe(0);
    expect(privileged(bare)).toBeGreaterThan(30);
  });
});

test("a name that is not in the catalog is refused with the names that are", () => {
  expect(() => buildGuest("nobody")).toThrow(UnknownGuestError);
  expect(() => buildGuest("nobody")).toThrow(/hello/);
});

test.runIf(isInstalled("nasm", "-v")).each(guests)("NASM makes the same bytes of $name", async (guest) => {
  const path = join(GUESTS, guest.main);
  const defines = Object.entries(guest.defines ?? {}).map(([macro, value]) => `-D${macro}=${value}`);
  const expected = await withTemporaryFolder((folder) => {
    const output = join(folder, "out.bin");
    const run = spawnSync("nasm", ["-f", "bin", ...defines, `-I${dirname(path)}/`, `-I${GUESTS}/`, path, "-o", output], {
      encoding: "utf8",
    });
    expect(run.stderr).toBe("");
    return readFileSync(output);
  });
  expect(Array.from(expected)).toEqual(Array.from(buildSources(guest).bytes));
});
