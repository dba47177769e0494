import { expect, test } from "vitest";
import type { Instruction } from "./emitter.js";
import type { Block } from "./graph.js";
import { extentOf } from "./segments.js";

const block = (linear: number, length: number, ending: Block["ending"]): Block => ({
  linear,
  instructions: [{ linear, length } as Instruction],
  ending,
});

test("a region reaches to the end of its last page, because the interpreter may go on there", () => {
  expect(extentOf([block(0x12345, 2, { kind: "return" })])).toEqual({ low: 0x12345, high: 0x12fff });
  expect(extentOf([block(0x12fff, 2, { kind: "return" })])).toEqual({ low: 0x12fff, high: 0x13fff });
});

test("and to where its direct branches lead", () => {
  expect(extentOf([block(0x12345, 2, { kind: "branch", taken: 0x11111, next: 0x12347 })])).toEqual({ low: 0x11111, high: 0x12fff });
  expect(extentOf([block(0x12345, 5, { kind: "call", to: 0x22222, back: 0x1234a })])).toEqual({ low: 0x12345, high: 0x22222 });
  expect(extentOf([block(0x12345, 5, { kind: "jump", to: 0x22222 })])).toEqual({ low: 0x12345, high: 0x22222 });
});
