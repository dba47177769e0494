import { expect, test } from "vitest";
import { StateError } from "../core/bus/device.js";
import { StateReader } from "./state-reader.js";

const read = (value: unknown) => new StateReader("chip", { version: 1, field: value as number }, 1);

test("a record of another version is refused, by the device's name", () => {
  expect(() => new StateReader("chip", { version: 2 }, 1)).toThrow(StateError);
  expect(() => new StateReader("chip", { version: 2 }, 1)).toThrow("chip");
});

test.each<[string, (reader: StateReader) => unknown, unknown, unknown[]]>([
  ["number", (reader) => reader.number("field", 9), 9, [10, -1, 0.5, "9", null, undefined, Number.NaN]],
  ["optional", (reader) => reader.optional("field", 9), 9, [10, -1, "9", undefined]],
  ["integer", (reader) => reader.integer("field"), -5, [0.5, Number.POSITIVE_INFINITY, 2 ** 60, "5"]],
  ["real", (reader) => reader.real("field"), -0.5, [Number.NaN, Number.POSITIVE_INFINITY, "1"]],
  ["boolean", (reader) => reader.boolean("field"), true, [1, 0, "true", null]],
  ["choice", (reader) => reader.choice("field", ["a", "b"]), "b", ["c", 1, null]],
  ["member", (reader) => reader.member("field", [3, 5]), 5, [4, "5"]],
  ["numbers", (reader) => reader.numbers("field", 2, 9), [1, 9], [[1], [1, 2, 3], [1, 10], [1, "2"], 1]],
  ["numberList", (reader) => reader.numberList("field", 2, 9), [9], [[1, 2, 3], [10], "1"]],
  ["numberListList", (reader) => reader.numberListList("field", 2, 2, 9), [[1, 2], []], [[[1], [2], [3]], [[1, 2, 3]], [[10]], [1]]],
  ["numberLists", (reader) => reader.numberLists("field", 1, 2, 9), [[1, 2]], [[], [[1, 2, 3]], [[10]], [1]]],
  ["booleans", (reader) => reader.booleans("field", 1), [true], [[], [1], [true, true]]],
  ["strings", (reader) => reader.strings("field", 1), ["a"], [["a", "b"], [1], "a"]],
  ["bytes", (reader) => reader.bytes("field", 2), Uint8Array.of(1, 2), [Uint8Array.of(1), [1, 2], null]],
  ["record", (reader) => reader.record("field"), { version: 7, a: 1 }, [{ a: 1 }, [1], Uint8Array.of(1), null, 1]],
])("%s takes what fits and refuses the rest", (_, take, good, bad) => {
  expect(take(read(good))).toEqual(good);
  for (const value of bad) expect(() => take(read(value)), String(value)).toThrow('"field"');
});

test("nothing is nothing only where the record says null", () => {
  expect(read(null).optional("field")).toBeUndefined();
});

test("bytes are a copy", () => {
  const bytes = Uint8Array.of(1);
  read(bytes).bytes("field", 1)[0] = 9;
  expect(bytes[0]).toBe(1);
});

test("parts have versions of their own, and errors name the part", () => {
  const part = { version: 3, x: 1 };
  const reader = new StateReader("chip", { version: 1, one: part, two: [part, part] }, 1);
  expect(reader.nested("one", 3).number("x")).toBe(1);
  expect(reader.nestedList("two", 2, 3).map((nested) => nested.number("x"))).toEqual([1, 1]);
  expect(() => reader.nested("one", 2)).toThrow("chip.one");
  expect(() => reader.nestedList("two", 1, 3)).toThrow("two");
});
