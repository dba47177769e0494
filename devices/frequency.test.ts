import fc from "fast-check";
import { expect, test } from "vitest";
import { cyclesAt, timeOfCycle } from "./frequency.js";

const PIT = 1_193_182;

test("a second holds exactly as many cycles as the frequency says, after a hundred days too", () => {
  const day = 86_400;
  expect(cyclesAt(1e9, PIT)).toBe(PIT);
  expect(cyclesAt(100 * day * 1e9, PIT)).toBe(100 * day * PIT);
});

test("the time of a cycle is the first nanosecond that counts it", () => {
  const seconds = fc.integer({ min: 0, max: 100 * 86_400 });
  fc.assert(
    fc.property(seconds, fc.double({ min: 0, max: 0.99, noNaN: true }), fc.constantFrom(PIT, 32_768, 1_843_200), (second, part, hertz) => {
      const cycles = second * hertz + Math.floor(part * hertz) + 1;
      const when = timeOfCycle(cycles, hertz);
      expect(cyclesAt(when, hertz)).toBe(cycles);
      expect(cyclesAt(when - 1, hertz)).toBe(cycles - 1);
    }),
  );
});
