import { expect, test } from "vitest";
import { newFrame } from "./frame-slab.js";

test("frames are of zeros, and none shares a byte with another", () => {
  const frames = Array.from({ length: 500 }, (_, i) => newFrame(60 + i * 10));
  expect(frames.map(({ length }) => length)).toEqual(frames.map((_, i) => 60 + i * 10));
  frames.forEach((frame, i) => {
    expect(frame.every((byte) => byte === 0)).toBe(true);
    frame.fill((i % 255) + 1);
  });
  frames.forEach((frame, i) => {
    expect(frame.every((byte) => byte === (i % 255) + 1)).toBe(true);
  });
});
