import { expect, test } from "vitest";
import { MemoryImage } from "../testing/memory-image.js";
import { keptRaw } from "./probed-image.js";

const HEADER = Uint8Array.of(0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3);

test("no write, whole or in pieces, makes an image that was probed as raw look like qcow2", async () => {
  const memory = new MemoryImage(new Uint8Array(4096));
  const image = keptRaw(memory);
  await expect(image.write(0, HEADER)).rejects.toThrow("name its format");
  await image.write(1, HEADER.subarray(1));
  await expect(image.write(0, HEADER.subarray(0, 1))).rejects.toThrow("name its format");
  expect(memory.bytes[0]).toBe(0);
});

test("all other writes are done", async () => {
  const memory = new MemoryImage(new Uint8Array(4096));
  const image = keptRaw(memory);
  await image.write(0, new Uint8Array(1024).fill(7));
  await image.write(512, HEADER);
  expect([memory.bytes[511], memory.bytes[512], memory.bytes[1023]]).toEqual([7, 0x51, 7]);
});
