import fc from "fast-check";
import { expect, test } from "vitest";
import { RealClock } from "./guest-clock.js";

/** A clock of a host and a processor that pass() moves on, by milliseconds and instructions. Running from time 0. */
function clockAndHost() {
  let host = 1000;
  // The count wraps around at 2^32.
  let instructions = 0xffffff00;
  const clock = new RealClock(
    () => host,
    () => instructions,
  );
  clock.resume();
  const pass = (milliseconds: number, count: number): number => {
    host += milliseconds;
    instructions = (instructions + count) >>> 0;
    return clock.now();
  };
  return { clock, pass };
}

test("time follows the host's", () => {
  const { pass } = clockAndHost();
  expect(pass(0.002, 10)).toBe(2_000);
  expect(pass(5, 5_000_000)).toBe(5_002_000);
});

test("what the host takes between two looks is not seen as a jump, and is made up for", () => {
  const { pass } = clockAndHost();
  expect(pass(4, 10)).toBe(6_000);
  let before = 6_000;
  for (let n = 1; n <= 1000; n++) {
    const now = pass(0.01, 100);
    expect(now - before).toBeLessThanOrEqual(20_000);
    before = now;
  }
  expect(before).toBe(14_000_000);
});

test("a clock that moves in large steps is followed all the same", () => {
  const { pass } = clockAndHost();
  let now = 0;
  for (let n = 1; n <= 1000; n++) now = pass(n % 40 === 0 ? 0.1 : 0, 10);
  expect(now).toBe(2_500_000);
});

test("a processor that waits sees all the time that passes, and is in step", () => {
  const { clock, pass } = clockAndHost();
  pass(4, 10);
  clock.rest();
  expect(clock.now()).toBe(4_000_000);
  expect(pass(30, 0)).toBe(34_000_000);
  expect(pass(30, 0)).toBe(64_000_000);
  // It goes on: from here jumps are hidden again.
  expect(pass(4, 10)).toBe(64_006_000);
});

test("of a host that slept the guest is told at once", () => {
  const { pass } = clockAndHost();
  expect(pass(60_000, 10)).toBe(60_000_000_000);
});

test("a clock that stands still does not move, and goes on where it was", () => {
  const { clock, pass } = clockAndHost();
  pass(1, 1_000_000);
  clock.pause();
  expect(pass(10_000, 0)).toBe(1_000_000);
  clock.resume();
  expect(pass(1, 1_000_000)).toBe(2_000_000);
  clock.set(7);
  expect(clock.now()).toBe(7);
  expect(pass(1, 1_000_000)).toBe(1_000_007);
});

test("it never goes back, is never ahead of the host, and is in step after a while without disturbance", () => {
  const look = fc.record({ milliseconds: fc.double({ min: 0, max: 30, noNaN: true }), count: fc.nat(100_000), rests: fc.boolean() });
  fc.assert(
    fc.property(fc.array(look, { maxLength: 40 }), (looks) => {
      const { clock, pass } = clockAndHost();
      let host = 0;
      let before = 0;
      for (const { milliseconds, count, rests } of looks) {
        if (rests) clock.rest();
        host += milliseconds * 1e6;
        const now = pass(milliseconds, count);
        expect(now).toBeGreaterThanOrEqual(before);
        expect(now).toBeLessThanOrEqual(host + 1);
        before = now;
      }
      const end = pass(2000, 100_000_000);
      expect(Math.abs(end - host - 2e9)).toBeLessThan(10);
    }),
  );
});

test("what was stolen is told as the clock makes up for it, never more than has passed; waiting and standing still are not stolen", () => {
  const { clock, pass } = clockAndHost();
  pass(4, 10);
  expect(clock.stolen).toBe(0);
  pass(1, 1_000_000);
  expect(clock.stolen).toBe(1_000_000);
  clock.rest();
  expect(clock.stolen).toBe(3_994_000);
  pass(30, 0);
  clock.pause();
  pass(30, 0);
  clock.resume();
  const before = pass(1, 1_000_000);
  expect(clock.stolen).toBe(3_994_000);
  pass(700, 10);
  expect(clock.stolen - 3_994_000).toBe(clock.now() - before - 6_000);
  pass(10, 10);
  clock.set(0);
  expect(clock.stolen - 3_994_000).toBe(700_000_000 - 6_000);
});
