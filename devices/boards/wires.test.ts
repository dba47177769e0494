import { describe, expect, test } from "vitest";
import { LineRecorder } from "../testing/line-recorder.js";
import { expectDamageRefused, transplant } from "../testing/round-trip.js";
import { IsaInterrupts } from "./isa-interrupts.js";
import { E820_RAM, e820Map } from "./memory-map.js";
import { WiredOr } from "./wired-or.js";

test("a wired-or is high while any driver drives it", () => {
  const output = new LineRecorder();
  const wire = new WiredOr(output);
  const [a, b] = [wire.input(), wire.input()];
  a.set(true);
  b.set(true);
  a.set(false);
  expect(output.level).toBe(true);
  b.set(false);
  expect(output.level).toBe(false);
  expect(output.edges.length).toBe(2);
});

describe("the ISA interrupt wires", () => {
  function setUp() {
    const events: string[] = [];
    const isa = new IsaInterrupts((irq, level) => events.push(`${irq} ${level ? "up" : "down"}`));
    return { isa, events, first: isa.driver(9), second: isa.driver(9) };
  }

  test("rise with the first driver and fall with the last", () => {
    const { events, first, second } = setUp();
    first.set(true);
    second.set(true);
    first.set(true);
    first.set(false);
    second.set(false);
    expect(events).toEqual(["9 up", "9 down"]);
  });

  test("a copy from the saved state knows who drives", () => {
    const a = setUp();
    a.first.set(true);
    a.second.set(true);
    const b = setUp();
    transplant(a.isa, b.isa);
    b.events.length = 0;
    b.first.set(false);
    expect(b.events).toEqual([]);
    b.second.set(false);
    expect(b.events).toEqual(["9 down"]);
    expectDamageRefused(a.isa);
  });
});

test("the e820 map of any size is sorted, does not overlap, and holds all RAM but the legacy hole", () => {
  for (const mebibytes of [4, 64, 2048, 3584]) {
    const map = e820Map(mebibytes * 0x100000);
    map.forEach((entry, index) => {
      const previous = map[index - 1];
      expect(entry.length).toBeGreaterThan(0);
      if (previous) expect(entry.start).toBeGreaterThanOrEqual(previous.start + previous.length);
    });
    const ram = map.filter(({ type }) => type === E820_RAM).reduce((sum, { length }) => sum + length, 0);
    expect(ram).toBe(mebibytes * 0x100000 - (0x100000 - 0x9fc00));
  }
});
