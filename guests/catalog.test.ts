import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildGuest, buildSources, guests, UnknownGuestError } from "./catalog.js";
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

test("a name that is not in the catalog is refused with the names that are", () => {
  expect(() => buildGuest("nobody")).toThrow(UnknownGuestError);
  expect(() => buildGuest("nobody")).toThrow(/hello/);
});

test.runIf(isInstalled("nasm", "-v")).each(guests.map((g) => g.name))("NASM makes the same bytes of %s", async (name) => {
  const guest = guests.find((g) => g.name === name)!;
  const path = join(GUESTS, guest.main);
  const expected = await withTemporaryFolder((folder) => {
    const output = join(folder, "out.bin");
    const run = spawnSync("nasm", ["-f", "bin", `-I${dirname(path)}/`, path, "-o", output], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    return readFileSync(output);
  });
  expect(Array.from(expected)).toEqual(Array.from(buildSources(guest).bytes));
});
