import { expect, test } from "vitest";
import { figure, table } from "./table.js";

test("columns are as wide as what is in them, numbers to the right", () => {
  expect(
    table(
      ["program", "s"],
      [
        ["fib", "12.50"],
        ["a", "1.00"],
      ],
    ).split("\n"),
  ).toEqual(["| program |     s |", "| ------- | ----: |", "| fib     | 12.50 |", "| a       |  1.00 |"]);
});

test("a figure that there is not is a dash", () => {
  expect([figure(1.2345, 2), figure(Number.NaN, 2), figure(1 / 0, 0)]).toEqual(["1.23", "-", "-"]);
});
