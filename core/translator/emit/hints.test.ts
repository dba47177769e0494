import { expect, test } from "vitest";
import { Code, I32, OP } from "./code.js";
import { assembleModule, type FunctionBody } from "./module.js";

test("a hint stands where its if does, and moves with code that is pasted behind other code", () => {
  const c = new Code();
  c.get(0).if();
  c.seldom();
  c.end();
  const body = c.cut();
  expect(body.hints).toEqual([{ at: 2, likely: false }]);
  c.i32(0).op(OP.drop).paste(body);
  expect(c.hints).toEqual([{ at: 5, likely: false }]);
});

test("an else that is seldom entered makes its if likely; what is said inside a block is said of no if", () => {
  const c = new Code();
  c.get(0).if().else();
  c.seldom();
  c.block();
  c.seldom();
  c.end().end();
  expect(c.hints).toEqual([{ at: 2, likely: true }]);
});

test("a module names its hints by function, and by offset from the locals", () => {
  const c = new Code();
  c.get(0).if();
  c.seldom();
  c.end();
  const { bytes, hints } = c.cut();
  const functions: FunctionBody[] = [
    { type: 0, locals: [], code: new Uint8Array() },
    { type: 0, locals: [I32], code: bytes, hints },
  ];
  const module = assembleModule({ types: [{ parameters: [I32], results: [] }], imports: [], functions, exports: ["f"] });
  expect(WebAssembly.validate(module)).toBe(true);
  const name = "metadata.code.branch_hint";
  const text = String.fromCharCode(...module);
  // One function, number 1, with one hint; its locals take three bytes.
  expect(text).toContain(`${String.fromCharCode(name.length)}${name}${String.fromCharCode(1, 1, 1, 5, 1, 0)}`);
});
