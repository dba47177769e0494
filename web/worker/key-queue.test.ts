import { beforeEach, expect, test } from "vitest";
import { KeyQueue } from "./key-queue.js";

let got: string[];
let room: number;
let queue: KeyQueue;

beforeEach(() => {
  got = [];
  room = 16;
  queue = new KeyQueue({
    key: (code, down) => {
      got.push(`${down ? "+" : "-"}${code}`);
      room -= 4;
    },
    releaseAll: () => got.push("release"),
    get room() {
      return room;
    },
  });
});

test("keys go through at once while the keyboard has room for the longest of them", () => {
  for (const code of ["KeyA", "KeyB", "KeyC", "KeyD"]) queue.key(code, true);
  expect(got).toEqual(["+KeyA", "+KeyB", "+KeyC"]);
  expect(queue.empty).toBe(false);
});

test("what had to wait comes later, in order, releases too", () => {
  room = 0;
  queue.key("KeyA", true);
  queue.key("KeyA", false);
  queue.releaseAll();
  expect(got).toEqual([]);
  room = 16;
  queue.deliver();
  expect(got).toEqual(["+KeyA", "-KeyA", "release"]);
  expect(queue.empty).toBe(true);
});

test("a guest that reads no keys does not gather them without end", () => {
  room = 0;
  for (let i = 0; i < 10_000; i++) queue.key("KeyA", true);
  room = 1e6;
  queue.deliver();
  expect(got.length).toBe(500);
});
