import { beforeEach, expect, test } from "vitest";
import { timeOfCycle } from "./frequency.js";
import { PcSpeaker } from "./pc-speaker.js";
import { PIT_HERTZ, Pit8254 } from "./pit-8254.js";
import { ManualScheduler } from "./testing/manual-scheduler.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";

class Bench {
  readonly scheduler = new ManualScheduler();
  readonly pit = new Pit8254("pit", this.scheduler);
  readonly tones: number[] = [];
  readonly speaker = new PcSpeaker("speaker", this.scheduler, this.pit, { tone: (frequency) => this.tones.push(frequency) });

  port(value: number): void {
    this.speaker.ports.write(0, value, 1);
  }

  read(): number {
    return this.speaker.ports.read(0, 1);
  }

  program(control: number, count: number): void {
    this.pit.ports.write(3, control, 1);
    this.pit.ports.write(2, count & 0xff, 1);
    this.pit.ports.write(2, count >> 8, 1);
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

test("counter 2 sounds while GATE 2 and speaker data are both set", () => {
  bench.program(0xb6, 1193);
  bench.port(0x01);
  expect(bench.tones).toEqual([]);
  bench.port(0x03);
  expect(bench.tones).toEqual([PIT_HERTZ / 1193]);
  bench.port(0x02);
  expect(bench.tones.at(-1)).toBe(0);
});

test("a new count changes the tone", () => {
  bench.port(0x03);
  bench.program(0xb6, 1000);
  bench.scheduler.advance(1e6);
  bench.program(0xb6, 2000);
  expect(bench.tones).toEqual([PIT_HERTZ / 1000, 0, PIT_HERTZ / 2000]);
  expect(bench.speaker.frequency).toBe(PIT_HERTZ / 2000);
});

test("a one-shot makes no tone", () => {
  bench.port(0x03);
  bench.program(0xb0, 1000);
  expect(bench.tones).toEqual([]);
});

test("bit 5 is OUT 2: a kernel times itself with mode 0 and polls it", () => {
  bench.port(0x01);
  bench.program(0xb0, 1000);
  expect(bench.read() & 0x20).toBe(0);
  bench.scheduler.advanceTo(timeOfCycle(1001, PIT_HERTZ) - 1);
  expect(bench.read() & 0x20).toBe(0);
  bench.scheduler.advance(1);
  expect(bench.read() & 0x20).toBe(0x20);
});

test("the refresh bit toggles about every 15 us", () => {
  let toggles = 0;
  let last = bench.read() & 0x10;
  for (let us = 0; us < 1000; us++) {
    bench.scheduler.advance(1000);
    const now = bench.read() & 0x10;
    if (now !== last) toggles++;
    last = now;
  }
  expect(toggles).toBe(66);
});

test("the four low bits read back, nothing above can be written", () => {
  bench.port(0xff);
  expect(bench.read() & 0xcf).toBe(0x0f);
});

test("a restored machine sounds again, in whichever order its devices are loaded", () => {
  bench.program(0xb6, 1193);
  bench.port(0x03);
  const first = new Bench();
  transplant(bench.speaker, first.speaker);
  transplant(bench.pit, first.pit);
  const second = new Bench();
  transplant(bench.pit, second.pit);
  transplant(bench.speaker, second.speaker);
  expect([first.tones, second.tones]).toEqual([[PIT_HERTZ / 1193], [PIT_HERTZ / 1193]]);
  first.speaker.reset();
  expect(first.tones.at(-1)).toBe(0);
  expectDamageRefused(bench.speaker);
});
