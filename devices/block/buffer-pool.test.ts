import { expect, test } from "vitest";
import { BufferPool } from "./buffer-pool.js";

test("a buffer that was given back is taken again by who needs up to its power of two", () => {
  const pool = new BufferPool();
  const first = pool.take(5000);
  expect(first).toHaveLength(5000);
  expect(pool.take(8192).buffer).not.toBe(first.buffer);
  pool.give(first);
  const again = pool.take(8192);
  expect(again).toHaveLength(8192);
  expect(again.buffer).toBe(first.buffer);
  expect(pool.take(8192).buffer).not.toBe(first.buffer);
});

test("buffers beyond 8 MiB are left to the collector", () => {
  const pool = new BufferPool();
  const taken = Array.from({ length: 20 }, () => pool.take(1 << 20));
  for (const buffer of taken) pool.give(buffer);
  const again = Array.from({ length: 20 }, () => pool.take(1 << 20));
  expect(again.filter(({ buffer }) => taken.some((known) => known.buffer === buffer))).toHaveLength(8);
});

test("lengths of one byte and of a power of two", () => {
  const pool = new BufferPool();
  for (const length of [1, 4096, 4097, 1 << 19]) expect(pool.take(length)).toHaveLength(length);
});
