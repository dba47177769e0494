import fc from "fast-check";
import { expect, test } from "vitest";
import { SLICE, StrideScheduler } from "./stride-scheduler.js";

/** Run one processor for a while; each turn lasts a slice, or as long as `length` says. */
function runFor(scheduler: StrideScheduler<string>, from: number, turns: number, length: () => number = () => SLICE): number {
  let now = from;
  for (let n = 0; n < turns; n++) {
    const turn = scheduler.pick(0, now);
    now += length();
    if (turn) scheduler.yield(turn.vcpu, now);
  }
  return now;
}

function scheduled(shares: Readonly<Record<string, number>>, processors = 1): StrideScheduler<string> {
  const scheduler = new StrideScheduler<string>(processors);
  for (const [name, share] of Object.entries(shares)) {
    scheduler.add(name, 0, { shares: share });
    scheduler.wake(name, 0);
  }
  return scheduler;
}

test("processor time is divided by shares", () => {
  const scheduler = scheduled({ a: 1024, b: 2048, c: 3072 });
  const end = runFor(scheduler, 0, 600);
  expect(["a", "b", "c"].map((name) => scheduler.accounting(name, end).ran / SLICE)).toEqual([100, 200, 300]);
});

test("whatever the shares and the lengths of turns, nobody is more than a turn or so away from its part", () => {
  const weights = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(weights, fc.infiniteStream(fc.integer({ min: 1, max: SLICE })), (shares, lengths) => {
      const scheduler = scheduled(Object.fromEntries(shares.map((share, n) => [`v${n}`, share])));
      const end = runFor(scheduler, 0, 300, () => lengths.next().value);
      const sum = shares.reduce((a, b) => a + b, 0);
      shares.forEach((share, n) => {
        const { ran, stolen, idle } = scheduler.accounting(`v${n}`, end);
        expect(Math.abs(ran - (end * share) / sum)).toBeLessThanOrEqual(SLICE * shares.length);
        expect(ran + stolen).toBe(end);
        expect(idle).toBe(0);
      });
    }),
  );
});

test("who sleeps saves nothing up: it comes first when it wakes, but does not keep the others out", () => {
  const scheduler = scheduled({ busy: 1024, sleeper: 1024 });
  scheduler.sleep("sleeper", 0);
  let now = runFor(scheduler, 0, 1000);
  scheduler.wake("sleeper", now);
  const order: string[] = [];
  for (let n = 0; n < 6; n++) {
    const { vcpu } = scheduler.pick(0, now)!;
    order.push(vcpu);
    now += SLICE;
    scheduler.yield(vcpu, now);
  }
  expect(order[0]).toBe("sleeper");
  expect(order.filter((name) => name === "busy").length).toBeGreaterThanOrEqual(2);
  expect(scheduler.accounting("sleeper", now).idle).toBe(1000 * SLICE);
});

test("steal time is the time of others while one could have run", () => {
  const scheduler = scheduled({ a: 1024, b: 1024 });
  expect(scheduler.pick(0, 0)).toEqual({ vcpu: "a", until: SLICE });
  expect(scheduler.accounting("b", 5)).toEqual({ ran: 0, stolen: 5, idle: 0 });
  scheduler.sleep("a", 7);
  expect(scheduler.pick(0, 7)?.vcpu).toBe("b");
  expect(scheduler.accounting("a", 20)).toEqual({ ran: 7, stolen: 0, idle: 13 });
  expect(scheduler.accounting("b", 20)).toEqual({ ran: 13, stolen: 7, idle: 0 });
});

test("a vCPU runs on one processor at a time, and only where it is pinned to", () => {
  const scheduler = new StrideScheduler<string>(2);
  scheduler.add("anywhere", 0);
  scheduler.add("pinned", 0, { pinnedTo: [1] });
  for (const name of ["anywhere", "pinned"]) scheduler.wake(name, 0);
  expect(scheduler.pick(0, 0)?.vcpu).toBe("anywhere");
  expect(scheduler.pick(1, 0)?.vcpu).toBe("pinned");
  scheduler.yield("pinned", 1);
  scheduler.sleep("anywhere", 1);
  expect(scheduler.pick(0, 1)).toBeUndefined();
  scheduler.pin("pinned", undefined);
  expect(scheduler.pick(0, 1)?.vcpu).toBe("pinned");
  expect(scheduler.pick(1, 1)).toBeUndefined();
});

test("new shares hold from now on; who is removed frees its processor", () => {
  const scheduler = scheduled({ a: 1024, b: 1024 });
  let now = runFor(scheduler, 0, 100);
  scheduler.setShares("a", 3072, now);
  const before = scheduler.accounting("a", now).ran;
  now = runFor(scheduler, now, 400);
  expect((scheduler.accounting("a", now).ran - before) / SLICE).toBe(300);
  const { vcpu } = scheduler.pick(0, now)!;
  scheduler.remove(vcpu, now);
  expect(scheduler.pick(0, now)?.vcpu).toBe(vcpu === "a" ? "b" : "a");
  expect(() => scheduler.wake(vcpu, now)).toThrow("this vCPU is not scheduled");
});

test("impossible settings are refused with a sentence", () => {
  expect(() => new StrideScheduler(0)).toThrow("a host has at least one processor, not 0");
  const scheduler = new StrideScheduler<string>(1);
  expect(() => scheduler.add("a", 0, { shares: 0 })).toThrow("shares are a whole number from 1 to 262144, not 0");
  expect(() => scheduler.add("a", 0, { pinnedTo: [1] })).toThrow("there is no host processor 1; there are 0 to 0");
  expect(() => scheduler.add("a", 0, { pinnedTo: [] })).toThrow("a vCPU has to be pinned to at least one host processor");
  scheduler.add("a", 0);
  expect(() => scheduler.add("a", 0)).toThrow("this vCPU is scheduled already");
  scheduler.wake("a", 0);
  scheduler.pick(0, 0);
  expect(() => scheduler.pick(0, 0)).toThrow("processor 0 is not free");
});
