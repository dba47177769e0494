import { expect, test } from "vitest";
import { fileName } from "./saved-machines.js";

const WHEN = new Date(2026, 10, 20, 9, 5);

test("a saved machine is named after its guest and the minute", () => {
  expect(fileName("teaching-kernel", WHEN)).toBe("teaching-kernel-2026-11-20-0905.ringside");
});

test("a machine that was restored and saved again does not gather dates", () => {
  expect(fileName("hello-2025-01-02-0304.ringside", WHEN)).toBe("hello-2026-11-20-0905.ringside");
});

test("characters that file systems dislike become hyphens", () => {
  expect(fileName("my kernel: 6.1/x", WHEN)).toBe("my-kernel-6.1-x-2026-11-20-0905.ringside");
});
