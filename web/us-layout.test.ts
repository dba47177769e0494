import { expect, test } from "vitest";
import { keysFor } from "./us-layout.js";

const strokes = (text: string) => keysFor(text).map(({ code, down }) => `${down ? "+" : "-"}${code}`);

test("a small letter is one key, pressed and released", () => {
  expect(strokes("a")).toEqual(["+KeyA", "-KeyA"]);
});

test("a capital holds Shift around its key", () => {
  expect(strokes("A")).toEqual(["+ShiftLeft", "+KeyA", "-KeyA", "-ShiftLeft"]);
});

test("every printable ASCII character has a key of its own, and no two the same", () => {
  const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
  const made = printable.map((character) => strokes(character).join(" "));
  expect(made.every((keys) => keys !== "")).toBe(true);
  expect(new Set(made).size).toBe(95);
});

test("what a US keyboard does not have is left out", () => {
  expect(strokes("aé\n")).toEqual(["+KeyA", "-KeyA", "+Enter", "-Enter"]);
});
