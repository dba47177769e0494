import { expect, test } from "vitest";
import { splitLine } from "./line.js";

test.each([
  ["", []],
  ["  info   block ", ["info", "block"]],
  ['change ide1-cd0 "a b.iso" raw', ["change", "ide1-cd0", "a b.iso", "raw"]],
  ['snapshot "a\\"b\\\\c"', ["snapshot", 'a"b\\c']],
  ['change x ""', ["change", "x", ""]],
  ["eject\tfloppy0", ["eject", "floppy0"]],
])("%j is split into words", (line, words) => {
  expect(splitLine(line)).toEqual(words);
});

test.each(['eject "a', 'eject "a"b', '"'])("%j is told to be wrong", (line) => {
  expect(() => splitLine(line)).toThrow("the quotes in");
});
