import fc from "fast-check";
import { expect, test } from "vitest";
import { sourceModule } from "./source-module.js";

/** What an import of the module would give. */
function evaluate(module: string): unknown {
  return new Function(module.replace(/^export const SOURCES: [^=]*=/m, "return"))();
}

test("the module gives back every file's text, whatever is in it", () => {
  const text = fc.string({ unit: fc.constantFrom("`", "$", "{", "}", "\\", "\n", '"', "a", "é") });
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), text), (files) => {
      expect(evaluate(sourceModule(files))).toEqual({ ...files });
    }),
  );
});

test("the order in which files are found does not matter", () => {
  expect(sourceModule({ "b.asm": "nop\n", "a.asm": "hlt\n" })).toBe(sourceModule({ "a.asm": "hlt\n", "b.asm": "nop\n" }));
});

test("no name of a file means anything but itself", () => {
  const files = Object.fromEntries([["__proto__", "nop\n"]]);
  expect(Object.entries(evaluate(sourceModule(files)) as object)).toEqual([["__proto__", "nop\n"]]);
});
