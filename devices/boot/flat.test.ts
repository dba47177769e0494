import { expect, test } from "vitest";
import { BootError } from "./boot-error.js";
import { loadFlat } from "./flat.js";

const ROOM = 0xa0000 - 0x7c00;

test("a boot sector is loaded at 7C00 and entered in real mode with the drive in DL", () => {
  const ram = new Uint8Array(0x100000);
  expect(loadFlat(Uint8Array.of(1, 2, 3), ram)).toEqual({ mode: "real", cs: 0, ip: 0x7c00, sp: 0x7c00, dl: 0x80 });
  expect([...ram.subarray(0x7bff, 0x7c04)]).toEqual([0, 1, 2, 3, 0]);
});

test("an image fits up to the video memory and not a byte more", () => {
  const ram = new Uint8Array(0x100000);
  loadFlat(new Uint8Array(ROOM).fill(9), ram);
  expect([ram[0x9ffff], ram[0xa0000]]).toEqual([9, 0]);
  expect(() => loadFlat(new Uint8Array(ROOM + 1), ram)).toThrow(BootError);
  expect(() => loadFlat(new Uint8Array(ROOM + 1), ram)).toThrow(`at most ${ROOM} fit`);
});

test("an empty image is refused", () => {
  expect(() => loadFlat(new Uint8Array(0), new Uint8Array(0x100000))).toThrow(BootError);
});
