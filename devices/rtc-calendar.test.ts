import fc from "fast-check";
import { expect, test } from "vitest";
import { addSeconds, fromEpoch } from "./rtc-calendar.js";

test("agrees with the host's UTC calendar from 1601 to 2400", () => {
  fc.assert(
    fc.property(fc.integer({ min: -11_644_473_600, max: 13_569_465_600 }), (seconds) => {
      const date = new Date(seconds * 1000);
      expect(fromEpoch(seconds)).toEqual({
        second: date.getUTCSeconds(),
        minute: date.getUTCMinutes(),
        hour: date.getUTCHours(),
        weekday: date.getUTCDay() + 1,
        day: date.getUTCDate(),
        month: date.getUTCMonth() + 1,
        year: date.getUTCFullYear(),
      });
    }),
  );
});

test("a leap day, a year's end and a wrong weekday", () => {
  const start = { second: 59, minute: 59, hour: 23, weekday: 7, day: 28, month: 2, year: 2024 };
  expect(addSeconds(start, 1)).toMatchObject({ day: 29, month: 2, weekday: 1, hour: 0, minute: 0, second: 0 });
  expect(addSeconds({ ...start, year: 2023 }, 1)).toMatchObject({ day: 1, month: 3 });
  expect(addSeconds({ ...start, day: 31, month: 12, year: 1999 }, 1)).toMatchObject({ day: 1, month: 1, year: 2000 });
});

test("fields out of range still give a date", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(255), { minLength: 7, maxLength: 7 }), fc.nat(1e9), (fields, seconds) => {
      const [second, minute, hour, weekday, day, month, year] = fields as [number, number, number, number, number, number, number];
      const later = addSeconds({ second, minute, hour, weekday, day, month, year }, seconds + 86_400 * 20);
      expect(later.second).toBeLessThan(60);
      expect(later.minute).toBeLessThan(60);
      expect(later.hour).toBeLessThan(24);
      expect(later.month).toBeGreaterThanOrEqual(1);
      expect(later.month).toBeLessThanOrEqual(12);
      expect(later.day).toBeGreaterThanOrEqual(1);
      expect(later.day).toBeLessThanOrEqual(31);
      expect(later.weekday).toBeGreaterThanOrEqual(1);
      expect(later.weekday).toBeLessThanOrEqual(7);
    }),
  );
});
