import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { Mc146818 } from "./rtc-mc146818.js";
import { LineRecorder } from "./testing/line-recorder.js";
import { ManualScheduler } from "./testing/manual-scheduler.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";

const SECOND = 1e9;
const MS = 1e6;

class Bench {
  readonly scheduler = new ManualScheduler();
  readonly irq = new LineRecorder(this.scheduler);
  readonly nmiMask = new LineRecorder(this.scheduler);
  readonly rtc: Mc146818;

  /** Saturday, 13 June 2026, 23:59:50 UTC unless told otherwise. */
  constructor(date = "2026-06-13T23:59:50Z", part = 0) {
    const wallClock = () => Date.parse(date) / 1000 + part;
    this.rtc = new Mc146818("rtc", this.scheduler, { irq: this.irq, nmiMask: this.nmiMask, wallClock });
  }

  get(index: number): number {
    this.rtc.ports.write(0, index, 1);
    return this.rtc.ports.read(1, 1);
  }

  set(index: number, value: number): void {
    this.rtc.ports.write(0, index, 1);
    this.rtc.ports.write(1, value, 1);
  }

  /** Century to seconds in hex digits, as BCD reads. */
  get clock(): string {
    const hex = (index: number) => this.get(index).toString(16).padStart(2, "0");
    return `${hex(0x32)}${hex(9)}-${hex(8)}-${hex(7)} ${hex(4)}:${hex(2)}:${hex(0)} day ${this.get(6)}`;
  }

  setTime(hour: number, minute: number, second: number): void {
    this.set(0, second);
    this.set(2, minute);
    this.set(4, hour);
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe("time", () => {
  test("starts at the host's UTC in BCD and 24 hours", () => {
    expect(bench.clock).toBe("2026-06-13 23:59:50 day 7");
    expect([bench.get(0x0a), bench.get(0x0b), bench.get(0x0d)]).toEqual([0x26, 0x02, 0x80]);
  });

  test("carries through midnight, month and year", () => {
    bench.scheduler.advance(10 * SECOND);
    expect(bench.clock).toBe("2026-06-14 00:00:00 day 1");
    bench.scheduler.advance((17 + 92 + 92) * 86_400 * SECOND);
    expect(bench.clock).toBe("2027-01-01 00:00:00 day 6");
  });

  test("the century carries too", () => {
    const late = new Bench("2099-12-31T23:59:59Z");
    late.scheduler.advance(SECOND);
    expect(late.clock).toBe("2100-01-01 00:00:00 day 6");
  });

  test("updates come on the host's whole seconds", () => {
    const part = new Bench(undefined, 0.75);
    part.scheduler.advance(249 * MS);
    expect(part.get(0)).toBe(0x50);
    part.scheduler.advance(1 * MS);
    expect(part.get(0)).toBe(0x51);
  });

  test("binary mode and 12-hour mode, noon and midnight", () => {
    bench.set(0x0b, 0x80);
    bench.setTime(0x92, 0x59, 0x59);
    bench.set(0x0b, 0x00);
    bench.scheduler.advance(SECOND);
    expect([bench.get(4), bench.get(2), bench.get(0)]).toEqual([0x81, 0x00, 0x00]);
    bench.set(0x0b, 0x84);
    bench.setTime(11 | 0x80, 59, 59);
    bench.set(0x0b, 0x04);
    bench.scheduler.advance(SECOND);
    expect([bench.get(4), bench.get(2), bench.get(0)]).toEqual([12, 0, 0]);
    bench.scheduler.advance(3600 * SECOND);
    expect(bench.get(4)).toBe(1);
  });

  test("SET stops updates, and the divider goes on meanwhile", () => {
    bench.scheduler.advance(400 * MS);
    bench.set(0x0b, 0x82);
    bench.scheduler.advance(5 * SECOND);
    expect(bench.get(0)).toBe(0x50);
    bench.set(0x0b, 0x02);
    bench.scheduler.advance(600 * MS);
    expect(bench.get(0)).toBe(0x51);
  });

  test("the first update comes half a second after the divider reset is released", () => {
    bench.set(0x0a, 0x76);
    bench.scheduler.advance(10.3 * SECOND);
    bench.set(0x0a, 0x26);
    bench.scheduler.advance(499 * MS);
    expect(bench.get(0)).toBe(0x50);
    bench.scheduler.advance(1 * MS);
    expect(bench.get(0)).toBe(0x51);
  });

  test("writing register A otherwise does not move the updates", () => {
    bench.scheduler.advance(900 * MS);
    bench.set(0x0a, 0x2f);
    bench.scheduler.advance(100 * MS);
    expect(bench.get(0)).toBe(0x51);
  });

  test("UIP is set for the 2,228 us before each update, never under SET", () => {
    bench.scheduler.advance(997_771_999);
    expect(bench.get(0x0a)).toBe(0x26);
    bench.scheduler.advance(1);
    expect(bench.get(0x0a)).toBe(0xa6);
    bench.set(0x0b, 0x82);
    expect(bench.get(0x0a)).toBe(0x26);
    bench.set(0x0b, 0x02);
    bench.scheduler.advance(2_228_000);
    expect([bench.get(0x0a), bench.get(0)]).toEqual([0x26, 0x51]);
  });

  test("UIP, bit 7 of the seconds and registers C and D cannot be written", () => {
    bench.set(0x0a, 0xa6);
    bench.set(0x00, 0xd0);
    bench.set(0x0d, 0x00);
    bench.set(0x0c, 0xff);
    expect([0x0a, 0x00, 0x0d, 0x0c].map((index) => bench.get(index))).toEqual([0x26, 0x50, 0x80, 0x00]);
  });

  test("daylight saving: last Sunday in April an hour forward, last Sunday in October once an hour back", () => {
    const spring = new Bench("2026-04-26T01:59:59Z");
    spring.set(0x0b, 0x03);
    spring.scheduler.advance(SECOND);
    expect(spring.clock).toBe("2026-04-26 03:00:00 day 1");
    const autumn = new Bench("2026-10-25T01:59:58Z");
    autumn.set(0x0b, 0x03);
    autumn.scheduler.advance(2 * SECOND);
    expect(autumn.clock).toBe("2026-10-25 01:00:00 day 1");
    autumn.scheduler.advance(3600 * SECOND);
    expect(autumn.clock).toBe("2026-10-25 02:00:00 day 1");
    const early = new Bench("2022-04-24T01:59:59Z");
    early.set(0x0b, 0x03);
    early.scheduler.advance(SECOND);
    expect(early.clock).toBe("2022-04-24 03:00:00 day 1");
    const notLast = new Bench("2027-10-24T01:59:59Z");
    notLast.set(0x0b, 0x03);
    notLast.scheduler.advance(SECOND);
    expect(notLast.clock).toBe("2027-10-24 02:00:00 day 1");
    const sundayBefore = new Bench("2026-10-18T01:59:59Z");
    sundayBefore.set(0x0b, 0x03);
    sundayBefore.scheduler.advance(100 * 86_400 * SECOND);
    expect(sundayBefore.clock).toBe("2027-01-26 00:59:59 day 3");
  });
});

describe("interrupts", () => {
  test("update-ended: one IRQ each second, held until register C is read", () => {
    bench.set(0x0b, 0x12);
    bench.scheduler.advance(3.5 * SECOND);
    expect(bench.irq.rises).toEqual([SECOND]);
    expect(bench.get(0x0c)).toBe(0x90 | 0x40);
    expect(bench.irq.level).toBe(false);
    bench.scheduler.advance(SECOND);
    expect(bench.irq.rises).toEqual([SECOND, 4 * SECOND]);
  });

  test.each([
    [0x6, 1024],
    [0x3, 8192],
    [0xf, 2],
    [0x1, 256],
    [0x2, 128],
  ])("periodic rate %i is %i Hz, in phase with the divider", (rate, hertz) => {
    bench.set(0x0a, 0x20 | rate);
    bench.set(0x0b, 0x42);
    let count = 0;
    for (let i = 1; i <= 2 * hertz; i++) {
      bench.scheduler.advanceTo(Math.ceil((i * SECOND) / hertz));
      if (bench.irq.level) count++;
      expect(bench.get(0x0c) & 0xc0).toBe(0xc0);
    }
    expect(count).toBe(2 * hertz);
    expect(bench.irq.rises.at(-1)).toBe(2 * SECOND);
  });

  test("rate 0 never sets PF", () => {
    bench.set(0x0a, 0x20);
    bench.set(0x0b, 0x42);
    bench.scheduler.advance(5 * SECOND);
    expect(bench.get(0x0c) & 0x40).toBe(0);
  });

  test("a periodic interrupt that nobody answers costs one timer", () => {
    bench.set(0x0b, 0x42);
    bench.scheduler.advance(60 * SECOND);
    expect(bench.scheduler.fired).toBe(1);
    expect(bench.scheduler.armed).toEqual([]);
  });

  test("flags are set without their enables, but then IRQF is not; enabling asserts IRQ at once", () => {
    bench.scheduler.advance(SECOND);
    expect(bench.scheduler.fired).toBe(0);
    expect(bench.get(0x0c)).toBe(0x50);
    expect(bench.get(0x0c)).toBe(0x00);
    bench.scheduler.advance(SECOND);
    bench.set(0x0b, 0x12);
    expect(bench.irq.level).toBe(true);
  });

  test("the alarm goes off when hours, minutes and seconds match", () => {
    bench.set(0x05, 0x00);
    bench.set(0x03, 0x01);
    bench.set(0x01, 0x30);
    bench.set(0x0b, 0x22);
    bench.scheduler.advance(86_400 * SECOND);
    expect(bench.irq.rises).toEqual([100 * SECOND]);
    expect(bench.get(0x0c) & 0xa0).toBe(0xa0);
    expect(bench.scheduler.fired).toBe(1);
  });

  test.each([
    ["every hour", [0xff, 0x00, 0x00], [10, 3610, 7210]],
    ["every minute", [0xc0, 0xff, 0x05], [15, 75, 135]],
    ["every second", [0xff, 0xff, 0xff], [1, 2, 3]],
  ])("don't care codes in the alarm: %s", (_, [hour, minute, second], expected) => {
    bench.set(0x05, hour!);
    bench.set(0x03, minute!);
    bench.set(0x01, second!);
    bench.set(0x0b, 0x22);
    for (const at of expected) {
      bench.scheduler.advanceTo(at * SECOND);
      expect(bench.get(0x0c) & 0x20).toBe(0x20);
    }
    expect(bench.irq.rises).toEqual(expected.map((at) => at * SECOND));
  });

  test("an alarm that no time can match asks for no timer", () => {
    bench.set(0x01, 0x7a);
    bench.set(0x0b, 0x22);
    expect(bench.scheduler.armed).toEqual([]);
    bench.scheduler.advance(86_400 * SECOND);
    expect(bench.get(0x0c) & 0x20).toBe(0);
  });

  test("writing SET clears UIE", () => {
    bench.set(0x0b, 0x92);
    expect(bench.get(0x0b)).toBe(0x82);
  });

  test("RESET clears enables and flags, and leaves time and memory", () => {
    bench.set(0x40, 0x5a);
    bench.set(0x0b, 0x7a);
    bench.scheduler.advance(2 * SECOND);
    expect(bench.irq.level).toBe(true);
    bench.rtc.reset();
    expect([bench.irq.level, bench.get(0x0b), bench.get(0x0c), bench.get(0x40)]).toEqual([false, 0x02, 0x00, 0x5a]);
    expect(bench.clock).toBe("2026-06-13 23:59:52 day 7");
  });
});

describe("ports", () => {
  test("bit 7 of port 70H masks NMI and is no part of the index", () => {
    bench.rtc.ports.write(0, 0x8d, 1);
    expect(bench.nmiMask.level).toBe(true);
    expect(bench.rtc.ports.read(1, 1)).toBe(0x80);
    bench.rtc.ports.write(0, 0x0d, 1);
    expect(bench.nmiMask.level).toBe(false);
    expect(bench.rtc.ports.read(0, 1)).toBe(0xff);
  });

  test("a word write sets index and data, as two byte accesses do", () => {
    bench.rtc.ports.write(0, 0xa540, 2);
    expect(bench.get(0x40)).toBe(0xa5);
  });

  test("the board fills memory but not the clock's registers", () => {
    bench.rtc.fill(0x15, 0x80);
    bench.rtc.fill(0x00, 0x80);
    expect([bench.rtc.peek(0x15), bench.rtc.peek(0x00)]).toEqual([0x80, 0x50]);
  });
});

describe("state", () => {
  const step = fc.oneof(
    fc.record({ index: fc.oneof(fc.nat(0x0d), fc.nat(0x7f)), value: fc.nat(255) }),
    fc.record({ read: fc.nat(0x0d) }),
    fc.record({ wait: fc.integer({ min: 1, max: 3e9 }) }),
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  const run = (target: Bench, steps: readonly Step[]) =>
    steps.map((action) => {
      if ("wait" in action) target.scheduler.advance(action.wait);
      else if ("read" in action) return target.get(action.read);
      else target.set(action.index, action.value);
      return target.irq.level;
    });

  test("a loaded clock goes on like the saved one, whatever the guest wrote", () => {
    fc.assert(
      fc.property(fc.array(step), fc.array(step), (before, after) => {
        const old = new Bench();
        run(old, before);
        const fresh = new Bench("1999-01-01T00:00:00Z", 0.5);
        fresh.scheduler.advanceTo(old.scheduler.now());
        transplant(old.rtc, fresh.rtc);
        old.irq.clear();
        fresh.irq.clear();
        expect(run(fresh, after)).toEqual(run(old, after));
        expect(fresh.irq.edges).toEqual(old.irq.edges);
      }),
    );
  });

  test("a damaged record is refused", () => {
    expectDamageRefused(bench.rtc);
  });
});
