import { expect, test } from "vitest";
import { geometricMean, median, spread } from "./statistics.js";

test("the median is the middle value, or the mean of the two in the middle", () => {
  expect(median([3, 1, 100])).toBe(3);
  expect(median([4, 1, 2, 100])).toBe(3);
  expect(median([])).toBeNaN();
});

test("a geometric mean of ratios does not depend on which emulator is the base", () => {
  expect(geometricMean([2, 8])).toBeCloseTo(4);
  expect(geometricMean([1 / 2, 1 / 8])).toBeCloseTo(1 / 4);
  expect(geometricMean([])).toBeNaN();
});

test("the spread is relative to the median", () => {
  expect(spread([9, 10, 12])).toBeCloseTo(0.3);
  expect(spread([5])).toBe(0);
});
