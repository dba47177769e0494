import { expect, test } from "vitest";
import { Heartbeat } from "./heartbeat.js";
import { SerialFeed } from "./serial-feed.js";

const soon = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("a heart beats when woken, as often as it asks to, and then stops", async () => {
  const asked = [0, 5, undefined];
  let beats = 0;
  const heart = new Heartbeat(() => asked[beats++]);
  await soon(30);
  expect(beats).toBe(0);
  heart.wake();
  await expect.poll(() => beats).toBe(3);
  await soon(30);
  expect(beats).toBe(3);
  heart.wake();
  await expect.poll(() => beats).toBe(4);
});

test("a sleeping heart wakes at once, and being woken twice beats once", async () => {
  let beats = 0;
  const heart = new Heartbeat(() => {
    beats++;
    return Number.POSITIVE_INFINITY;
  });
  heart.wake();
  heart.wake();
  await expect.poll(() => beats).toBe(1);
  heart.wake();
  await expect.poll(() => beats).toBe(2);
  await soon(30);
  expect(beats).toBe(2);
});

test("serial output goes out in batches, and waits for a page that is behind", () => {
  const batches: number[] = [];
  const feed = new SerialFeed((bytes) => batches.push(bytes.length));
  for (let i = 0; i < 10_000; i++) feed.push(i & 0xff);
  feed.flush();
  feed.flush();
  expect(batches).toEqual([10_000]);
  expect(feed.congested).toBe(false);
  for (let i = 0; i < 1 << 20; i++) feed.push(0);
  feed.flush();
  expect(feed.congested).toBe(true);
  feed.shown(10_000 + (1 << 20));
  expect(feed.congested).toBe(false);
});
