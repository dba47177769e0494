import { expect, test } from "vitest";
import { percentText } from "./percent.js";

test.each([
  [3.125, "3.12"],
  [3.375, "3.38"],
  [0.625, "0.62"],
  [99.875, "99.88"],
  [3.1251, "3.13"],
  [1.005, "1.00"],
  [100, "100.00"],
  [0, "0.00"],
])("%d is written as printf writes it", (value, text) => {
  expect(percentText(value)).toBe(text);
});
