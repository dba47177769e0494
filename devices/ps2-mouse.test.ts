import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { MOUSE_FIFTH, MOUSE_FOURTH, MOUSE_LEFT, MOUSE_MIDDLE, MOUSE_RIGHT, Ps2Mouse } from "./ps2-mouse.js";
import { ManualScheduler } from "./testing/manual-scheduler.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";

const MS = 1e6;

class Bench {
  readonly scheduler = new ManualScheduler();
  readonly mouse = new Ps2Mouse("mouse", this.scheduler);

  sent(): number[] {
    const bytes: number[] = [];
    while (this.mouse.ready) bytes.push(this.mouse.take());
    return bytes;
  }

  send(...bytes: number[]): number[] {
    return bytes.flatMap((byte) => {
      this.mouse.receive(byte);
      return this.sent();
    });
  }

  /** Reports at the finest resolution. */
  enable(): this {
    this.send(0xe8, 0x03, 0xf4);
    return this;
  }

  knock(...rates: number[]): void {
    for (const rate of rates) this.send(0xf3, rate);
  }

  /** The next report, after the time the sample rate asks for. */
  next(): number[] {
    this.scheduler.advance(100 * MS);
    return this.sent();
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe("reports", () => {
  test("a mouse that is not enabled says nothing", () => {
    bench.mouse.move(5, 5);
    expect(bench.sent()).toEqual([]);
  });

  test("three bytes: signs and buttons, X to the right, Y up", () => {
    bench.enable();
    bench.mouse.move(5, -3);
    expect(bench.sent()).toEqual([0x08, 5, 3]);
    bench.mouse.move(-2, 4);
    expect(bench.next()).toEqual([0x38, 0xfe, 0xfc]);
    bench.mouse.buttons(MOUSE_LEFT | MOUSE_MIDDLE);
    expect(bench.next()).toEqual([0x0d, 0, 0]);
    bench.mouse.buttons(MOUSE_RIGHT);
    expect(bench.next()).toEqual([0x0a, 0, 0]);
  });

  test("no more reports than the sample rate; movement meanwhile adds up", () => {
    bench.enable();
    bench.send(0xf3, 10);
    let reports = 0;
    for (let ms = 0; ms < 1000; ms++) {
      bench.mouse.move(1, 0);
      if (bench.sent().length > 0) reports++;
      bench.scheduler.advance(1 * MS);
    }
    expect(reports).toBe(10);
    expect(bench.next()).toEqual([0x08, 100, 0]);
  });

  test("a guest that does not read makes no queue: one report, then the sum", () => {
    bench.enable();
    for (let i = 0; i < 100; i++) {
      bench.mouse.move(1, 0);
      bench.scheduler.advance(20 * MS);
    }
    expect(bench.mouse.take()).toBe(0x08);
    expect([bench.mouse.take(), bench.mouse.take()]).toEqual([1, 0]);
    expect(bench.next()).toEqual([0x08, 99, 0]);
  });

  test("a long movement is spread over reports and none of it is lost", () => {
    bench.enable();
    bench.mouse.move(600, -300);
    const reports = [...bench.sent(), ...bench.next(), ...bench.next(), ...bench.next()];
    expect(reports).toEqual([0x08, 255, 255, 0x08, 255, 45, 0x08, 90, 0]);
  });

  test("resolution divides, and what is below one count waits", () => {
    bench.send(0xe8, 0x00, 0xf4);
    bench.mouse.move(7, 0);
    expect(bench.next()).toEqual([]);
    bench.mouse.move(2, 0);
    expect(bench.next()).toEqual([0x08, 1, 0]);
    bench.mouse.move(7, 0);
    expect(bench.next()).toEqual([0x08, 1, 0]);
  });

  test("2:1 scaling follows its table in stream mode and does not touch data that is asked for", () => {
    bench.enable();
    bench.send(0xe7);
    for (const [moved, shown] of [
      [1, 1],
      [2, 1],
      [3, 3],
      [4, 6],
      [5, 9],
      [6, 12],
      [100, 200],
    ] as const) {
      bench.mouse.move(moved, 0);
      expect(bench.next()).toEqual([0x08, shown, 0]);
    }
    bench.send(0xf0);
    bench.mouse.move(100, 0);
    expect(bench.send(0xeb)).toEqual([0xfa, 0x08, 100, 0]);
  });
});

describe("wheel and more buttons", () => {
  test("rates 200, 100, 80 turn it into identity 3 with a fourth byte", () => {
    bench.knock(200, 100, 80);
    expect(bench.send(0xf2)).toEqual([0xfa, 3]);
    bench.enable();
    bench.mouse.move(0, 0, -1);
    expect(bench.next()).toEqual([0x08, 0, 0, 0xff]);
    bench.mouse.move(0, 0, 10);
    expect([...bench.next(), ...bench.next()]).toEqual([0x08, 0, 0, 7, 0x08, 0, 0, 3]);
  });

  test("then 200, 200, 80 turn it into identity 4 with buttons 4 and 5", () => {
    bench.knock(200, 200, 80);
    expect(bench.send(0xf2)).toEqual([0xfa, 0]);
    bench.knock(200, 100, 80, 200, 200, 80);
    expect(bench.send(0xf2)).toEqual([0xfa, 4]);
    bench.enable();
    bench.mouse.buttons(MOUSE_FOURTH);
    expect(bench.next()).toEqual([0x08, 0, 0, 0x10]);
    bench.mouse.buttons(MOUSE_FIFTH | MOUSE_LEFT);
    bench.mouse.move(0, 0, -2);
    expect(bench.sent()).toEqual([0x09, 0, 0, 0x20]);
    expect(bench.next()).toEqual([0x09, 0, 0, 0x2e]);
  });

  test("a plain mouse does not speak of wheel and side buttons", () => {
    bench.enable();
    bench.mouse.buttons(MOUSE_FOURTH);
    bench.mouse.move(0, 0, 3);
    expect(bench.next()).toEqual([]);
  });

  test("reset takes the wheel away", () => {
    bench.knock(200, 100, 80);
    expect(bench.send(0xff)).toEqual([0xfa]);
    expect(bench.next()).toEqual([0xaa, 0x00]);
    expect(bench.send(0xf2)).toEqual([0xfa, 0]);
  });
});

describe("commands", () => {
  test("status: mode, enabled, scaling, buttons; resolution; rate", () => {
    expect(bench.send(0xe9)).toEqual([0xfa, 0x00, 2, 100]);
    bench.send(0xf4, 0xe7, 0xe8, 0x01, 0xf3, 40);
    bench.mouse.buttons(MOUSE_LEFT | MOUSE_RIGHT);
    bench.sent();
    expect(bench.send(0xe9)).toEqual([0xfa, 0x35, 1, 40]);
    bench.send(0xf0);
    expect(bench.send(0xe9)[1]).toBe(0x75);
    bench.send(0xf6);
    expect(bench.send(0xe9)).toEqual([0xfa, 0x05, 2, 100]);
  });

  test("remote mode reports only when asked", () => {
    bench.enable();
    bench.send(0xf0);
    bench.mouse.move(3, 0);
    expect(bench.next()).toEqual([]);
    expect(bench.send(0xeb)).toEqual([0xfa, 0x08, 3, 0]);
    expect(bench.send(0xeb)).toEqual([0xfa, 0x08, 0, 0]);
    bench.send(0xea);
    bench.mouse.move(4, 0);
    expect(bench.next()).toEqual([0x08, 4, 0]);
  });

  test("wrap mode echoes everything but Reset and Reset Wrap", () => {
    expect(bench.send(0xee, 0x55, 0xf2, 0xec, 0xf2)).toEqual([0xfa, 0x55, 0xf2, 0xfa, 0xfa, 0]);
  });

  test("an invalid byte gets Resend, a second one Error; a bad argument may be corrected", () => {
    expect(bench.send(0x01, 0x02, 0xf2)).toEqual([0xfe, 0xfc, 0xfa, 0]);
    expect(bench.send(0xf3, 41, 40)).toEqual([0xfa, 0xfe, 0xfa]);
    expect(bench.send(0xe8, 9, 9)).toEqual([0xfa, 0xfe, 0xfc]);
    expect(bench.send(0xe9)).toEqual([0xfa, 0x00, 2, 40]);
  });

  test("Resend repeats the whole last message", () => {
    bench.enable();
    bench.mouse.move(1, -2);
    const report = bench.next();
    expect(bench.send(0xfe)).toEqual(report);
    bench.send(0xf2);
    expect(bench.send(0xfe)).toEqual([0xfa, 0]);
  });

  test("a command drops the rest of a report, so that driver and mouse stay in step", () => {
    bench.enable();
    bench.mouse.move(1, 1);
    bench.mouse.take();
    expect(bench.send(0xf2)).toEqual([0xfa, 0]);
  });

  test("after reset it is silent until enabled", () => {
    bench.enable();
    bench.send(0xff);
    bench.mouse.move(1, 1);
    expect(bench.next()).toEqual([0xaa, 0x00]);
    bench.mouse.move(1, 1);
    expect(bench.next()).toEqual([]);
  });
});

describe("state", () => {
  const step = fc.oneof(
    fc.record({ dx: fc.integer({ min: -400, max: 400 }), dy: fc.integer({ min: -400, max: 400 }), dz: fc.integer({ min: -9, max: 9 }) }),
    fc.record({ buttons: fc.nat(31) }),
    fc.record({ send: fc.oneof(fc.nat(255), fc.integer({ min: 0xe6, max: 0xff }), fc.constantFrom(200, 100, 80)) }),
    fc.record({ wait: fc.integer({ min: 1, max: 5e7 }) }),
    fc.constant("take" as const),
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  const run = (target: Bench, steps: readonly Step[]) =>
    steps.map((action) => {
      if (action === "take") return target.mouse.ready ? target.mouse.take() : null;
      if ("dx" in action) target.mouse.move(action.dx, action.dy, action.dz);
      else if ("buttons" in action) target.mouse.buttons(action.buttons);
      else if ("send" in action) target.mouse.receive(action.send);
      else target.scheduler.advance(action.wait);
      return target.mouse.ready;
    });

  test("a loaded mouse goes on like the saved one", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.array(step, { maxLength: 40 }), (before, after) => {
        const old = new Bench().enable();
        run(old, before);
        const fresh = new Bench();
        fresh.scheduler.advanceTo(old.scheduler.now());
        transplant(old.mouse, fresh.mouse);
        expect(run(fresh, after)).toEqual(run(old, after));
        expect(fresh.sent()).toEqual(old.sent());
      }),
    );
  });

  test("a damaged record is refused", () => {
    expectDamageRefused(bench.mouse);
  });

  test("movement nobody fetches, or that is no number, stays bounded", () => {
    for (let i = 0; i < 1000; i++) bench.mouse.move(1e9, Number.NaN, Number.NEGATIVE_INFINITY);
    const fresh = new Bench();
    transplant(bench.mouse, fresh.mouse);
  });
});
