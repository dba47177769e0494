import fc from "fast-check";
import { expect, test } from "vitest";
import { ManualScheduler } from "../../testing/manual-scheduler.js";
import { SECOND, Timers } from "./timers.js";

function setUp() {
  const scheduler = new ManualScheduler();
  return { scheduler, timers: new Timers(scheduler, (work) => work()) };
}

test("each expires at its deadline, the one that was set last, and once", () => {
  const timer = fc.nat(9);
  const seconds = fc.integer({ min: 0, max: 200 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ timer, seconds, cancel: fc.boolean(), pass: fc.integer({ min: 0, max: 90 }) }), { maxLength: 60 }),
      (steps) => {
        const { scheduler, timers } = setUp();
        const expected = new Map<number, number>();
        const all = Array.from({ length: 10 }, (_, index) =>
          timers.timer(() => {
            expect(scheduler.now()).toBe(expected.get(index));
            expected.delete(index);
          }),
        );
        for (const step of steps) {
          const when = scheduler.now() + step.seconds * SECOND + 1;
          if (step.cancel) {
            all[step.timer]!.cancel();
            expected.delete(step.timer);
          } else {
            all[step.timer]!.at(when);
            expected.set(step.timer, when);
          }
          scheduler.advance(step.pass * SECOND);
        }
        scheduler.advance(1000 * SECOND);
        expect(expected.size).toBe(0);
      },
    ),
  );
});

test("one that is late expires late, and may arm itself again", () => {
  const { scheduler, timers } = setUp();
  const times: number[] = [];
  const timer = timers.timer(() => {
    times.push(scheduler.now());
    if (times.length < 3) timer.at(scheduler.now() + SECOND);
  });
  timer.at(SECOND);
  scheduler.jump(5 * SECOND);
  scheduler.advance(10 * SECOND);
  expect(times).toEqual([5 * SECOND, 6 * SECOND, 7 * SECOND]);
});

test("thousands that are armed and given up cost one timer of the scheduler, and are soon forgotten", () => {
  const { scheduler, timers } = setUp();
  for (let i = 0; i < 5000; i++) {
    const timer = timers.timer(() => {});
    timer.at(7200 * SECOND);
    timer.cancel();
  }
  scheduler.advance(61 * SECOND);
  expect(scheduler.armed).toEqual([]);
});
