import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TaskQueue } from "./scheduler.js";

function queueAt(start = 0, stands = false) {
  const clock = { time: start, now: () => clock.time };
  const queue = new TaskQueue(clock, stands);
  const log: string[] = [];
  const timer = (name: string) => queue.timer(name, (due) => log.push(`${name}@${due}`));
  return { clock, queue, log, timer };
}

test("timers expire in order of their deadlines, and in order of arming where those are equal", () => {
  const { queue, log, timer } = queueAt();
  const [a, b, c] = [timer("a"), timer("b"), timer("c")];
  a.at(20);
  b.at(10);
  c.at(10);
  expect(queue.next()).toBe(10);
  queue.runDue(20);
  expect(log).toEqual(["b@10", "c@10", "a@20"]);
  expect(queue.next()).toBeUndefined();
});

test("a timer has one deadline: arming it again moves it, cancelling drops it", () => {
  const { queue, log, timer } = queueAt();
  const a = timer("a");
  a.at(10);
  a.at(30);
  expect(a.deadline).toBe(30);
  queue.runDue(20);
  expect(log).toEqual([]);
  a.cancel();
  expect(a.deadline).toBeUndefined();
  queue.runDue(40);
  expect(log).toEqual([]);
});

test("a timer that arms itself again while it expires keeps its period, also when the clock is late", () => {
  const { queue } = queueAt();
  const dues: number[] = [];
  const periodic = queue.timer("periodic", (due) => {
    dues.push(due);
    periodic.at(due + 10);
  });
  periodic.at(10);
  queue.runDue(35);
  expect(dues).toEqual([10, 20, 30]);
  expect(periodic.deadline).toBe(40);
});

test("an expiry may cancel or move another timer that is due as well", () => {
  const { queue, log, timer } = queueAt();
  const b = timer("b");
  const c = timer("c");
  const a = queue.timer("a", () => {
    b.cancel();
    c.at(100);
  });
  a.at(1);
  b.at(2);
  c.at(3);
  queue.runDue(50);
  expect(log).toEqual([]);
  expect(queue.next()).toBe(100);
});

test("a timer that is always due again does not keep the host for ever", () => {
  const { queue } = queueAt();
  let calls = 0;
  const greedy = queue.timer("greedy", () => {
    calls++;
    greedy.at(0);
  });
  greedy.at(0);
  queue.runDue(0, 100);
  expect(calls).toBe(100);
  expect(greedy.deadline).toBe(0);
});

describe("a timer that waits for the host", () => {
  function waiting(stands: boolean) {
    const rig = queueAt(0, stands);
    let deliver = () => {};
    const delivery = new Promise<void>((resolve) => {
      deliver = resolve;
    });
    rig.timer("disk").at(10, delivery);
    rig.timer("later").at(20);
    return { ...rig, deliver };
  }

  test("lets time go on, and is late", async () => {
    const { queue, log, deliver } = waiting(false);
    expect(queue.next()).toBe(20);
    queue.runDue(30);
    expect(log).toEqual(["later@20"]);
    expect([queue.awaits, queue.standing(30)]).toEqual([true, undefined]);
    deliver();
    await queue.awaited;
    expect([queue.awaits, queue.next()]).toEqual([false, 10]);
    queue.runDue(30);
    expect(log).toEqual(["later@20", "disk@10"]);
  });

  test("holds up time, and all that comes later, where every run is to be the same", async () => {
    const { queue, log, deliver } = waiting(true);
    expect(queue.next()).toBe(10);
    expect(queue.standing(9)).toBeUndefined();
    queue.runDue(30);
    expect(log).toEqual([]);
    expect(queue.standing(10)).toBeDefined();
    deliver();
    await queue.standing(10);
    expect(queue.standing(10)).toBeUndefined();
    queue.runDue(30);
    expect(log).toEqual(["disk@10", "later@20"]);
  });

  test("does not come before its time although the host was quick; a failure settles as well", async () => {
    const { queue, log, timer } = queueAt(0, true);
    timer("disk").at(10, Promise.reject(new Error("no such sector")));
    await queue.awaited;
    queue.runDue(9);
    expect(log).toEqual([]);
    queue.runDue(10);
    expect(log).toEqual(["disk@10"]);
  });

  test("waits no more when it is armed anew, or cancelled", () => {
    const { queue, timer } = queueAt(0, true);
    const disk = timer("disk");
    disk.at(10, new Promise(() => {}));
    disk.at(10);
    expect(queue.awaits).toBe(false);
    disk.at(10, new Promise(() => {}));
    disk.cancel();
    expect([queue.awaits, queue.awaited]).toEqual([false, undefined]);
  });
});

test("the listener hears of every arming", () => {
  const { queue, timer } = queueAt();
  let armed = 0;
  queue.onArmed(() => armed++);
  const a = timer("a");
  a.at(5);
  a.at(6);
  a.cancel();
  expect(armed).toBe(2);
});

test("the queue tells the time of its clock", () => {
  const { clock, queue } = queueAt(7);
  clock.time = 9;
  expect(queue.now()).toBe(9);
});

test("whatever is armed, moved and cancelled, all that is due expires, earliest first, and nothing else", () => {
  const step = fc.oneof(fc.record({ arm: fc.nat(5), when: fc.nat(50) }), fc.record({ cancel: fc.nat(5) }), fc.record({ run: fc.nat(60) }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { queue, log, timer } = queueAt();
      const timers = Array.from({ length: 6 }, (_, i) => timer(`${i}`));
      const model = new Map<number, { when: number; order: number }>();
      let order = 0;
      for (const s of steps) {
        log.length = 0;
        if ("arm" in s) {
          timers[s.arm]!.at(s.when);
          model.set(s.arm, { when: s.when, order: order++ });
        } else if ("cancel" in s) {
          timers[s.cancel]!.cancel();
          model.delete(s.cancel);
        } else {
          queue.runDue(s.run);
          const due = [...model].filter(([, { when }]) => when <= s.run).sort(([, a], [, b]) => a.when - b.when || a.order - b.order);
          for (const [i] of due) model.delete(i);
          expect(log).toEqual(due.map(([i, { when }]) => `${i}@${when}`));
        }
        const deadlines = [...model.values()].map(({ when }) => when);
        expect(queue.next()).toBe(deadlines.length > 0 ? Math.min(...deadlines) : undefined);
      }
    }),
  );
});
