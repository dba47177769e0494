import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { GuestMemory } from "../core/bus/bus.js";
import { Dma8237, type DmaChannel } from "./dma-8237.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";

/** 1 MiB of RAM from 0 on. */
class Ram implements GuestMemory {
  readonly bytes = new Uint8Array(1 << 20);
  readonly size = this.bytes.length;

  read(address: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => this.bytes[address + i] ?? 0xff);
  }

  readInto(address: number, into: Uint8Array): void {
    into.set(this.read(address, into.length));
  }

  write(address: number, bytes: Uint8Array): void {
    bytes.forEach((byte, i) => {
      if (address + i < this.size) this.bytes[address + i] = byte;
    });
  }
}

const SINGLE = 0x40;
const BLOCK = 0x80;
const CASCADE = 0xc0;
const TO_MEMORY = 0x04;
const FROM_MEMORY = 0x08;
const VERIFY = 0x00;
const AUTO = 0x10;
const DOWN = 0x20;

const PAGE_PORT = [0x87, 0x83, 0x81, 0x82, 0x8f, 0x8b, 0x89, 0x8a];

class Bench {
  readonly ram = new Ram();
  readonly dma = new Dma8237("dma", this.ram);
  readonly events: string[] = [];
  readonly channels: DmaChannel[] = [0, 1, 2, 3, 4, 5, 6, 7].map((number) =>
    this.dma.channel(number, {
      granted: () => this.events.push(`granted ${number}`),
      terminalCount: () => this.events.push(`end ${number}`),
    }),
  );

  out(port: number, value: number): void {
    if (port < 0x10) this.dma.first.write(port, value, 1);
    else if (port < 0x90) this.dma.pages.write(port - 0x80, value, 1);
    else this.dma.second.write(port - 0xc0, value, 1);
  }

  in(port: number): number {
    if (port < 0x10) return this.dma.first.read(port, 1);
    return port < 0x90 ? this.dma.pages.read(port - 0x80, 1) : this.dma.second.read(port - 0xc0, 1);
  }

  /** Firmware's part: channel 4 cascades the first controller. */
  cascade(): this {
    this.out(0xd6, CASCADE);
    this.out(0xd4, 0x00);
    return this;
  }

  /** A driver's part. The count is in units, as registers want it less one. */
  program(number: number, mode: number, page: number, address: number, count: number): void {
    const second = number >= 4;
    const port = (register: number) => (second ? 0xc0 + 2 * register : register);
    this.out(port(10), 0x04 | (number & 3));
    this.out(port(12), 0);
    this.out(port(11), mode | (number & 3));
    for (const [register, value] of [
      [2 * (number & 3), address],
      [2 * (number & 3) + 1, count - 1],
    ] as const) {
      this.out(port(register), value & 0xff);
      this.out(port(register), value >> 8);
    }
    this.out(PAGE_PORT[number]!, page);
    this.out(port(10), number & 3);
  }

  word(port: number): number {
    return this.in(port) | (this.in(port) << 8);
  }

  fill(address: number, ...bytes: number[]): void {
    this.ram.write(address, Uint8Array.from(bytes));
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench().cascade();
});

const read = (number: number, length: number) => [...bench.channels[number]!.read(length)];
const write = (number: number, ...bytes: number[]) => bench.channels[number]!.write(Uint8Array.from(bytes));

describe("transfers", () => {
  test("device to memory: page register and address make 24 bits, and the count ends it", () => {
    bench.program(2, SINGLE | TO_MEMORY, 0x01, 0x2340, 4);
    expect(write(2, 1, 2)).toBe(2);
    expect([bench.word(4), bench.word(5)]).toEqual([0x2342, 1]);
    expect(write(2, 3, 4, 5)).toBe(2);
    expect([...bench.ram.read(0x12340, 5)]).toEqual([1, 2, 3, 4, 0]);
    expect(bench.events).toEqual(["end 2"]);
    expect(bench.word(5)).toBe(0xffff);
  });

  test("memory to device, and at terminal count the channel masks itself", () => {
    bench.fill(0x20000, 9, 8, 7);
    bench.program(1, SINGLE | FROM_MEMORY, 0x02, 0, 3);
    expect(bench.channels[1]!.canRead()).toBe(true);
    expect(read(1, 100)).toEqual([9, 8, 7]);
    expect(bench.channels[1]!.canRead()).toBe(false);
    expect(read(1, 100)).toEqual([]);
    expect(bench.in(15) & 0x02).toBe(0x02);
  });

  test("the direction must be the one programmed", () => {
    bench.program(1, SINGLE | FROM_MEMORY, 0, 0, 3);
    expect([bench.channels[1]!.canWrite(), write(1, 1)]).toEqual([false, 0]);
    bench.program(1, SINGLE | TO_MEMORY, 0, 0, 3);
    expect([bench.channels[1]!.canRead(), read(1, 1)]).toEqual([false, []]);
  });

  test("verify counts and moves nothing", () => {
    bench.program(3, SINGLE | VERIFY, 0, 0x100, 2);
    expect(write(3, 5, 6)).toBe(2);
    expect([...bench.ram.read(0x100, 2)]).toEqual([0, 0]);
    expect(bench.events).toEqual(["end 3"]);
  });

  test("autoinitialise starts over and stays unmasked", () => {
    bench.fill(0x500, 1, 2);
    bench.program(1, SINGLE | FROM_MEMORY | AUTO, 0, 0x500, 2);
    expect([read(1, 3), read(1, 3), read(1, 1)]).toEqual([[1, 2], [1, 2], [1]]);
    expect([bench.word(2), bench.word(3)]).toEqual([0x501, 0]);
  });

  test("decrement goes down", () => {
    bench.fill(0x500, 1, 2, 3);
    bench.program(1, SINGLE | FROM_MEMORY | DOWN, 0, 0x502, 3);
    expect(read(1, 3)).toEqual([3, 2, 1]);
  });

  test("addresses wrap inside the page", () => {
    bench.fill(0x1fffe, 1, 2);
    bench.fill(0x10000, 3);
    bench.program(1, SINGLE | FROM_MEMORY, 0x01, 0xfffe, 3);
    expect(read(1, 3)).toEqual([1, 2, 3]);
  });

  test("the second controller moves words in 128 KiB pages; bit 0 of the page and odd bytes do not count", () => {
    bench.fill(0x2_4680, 1, 2, 3, 4);
    bench.program(5, SINGLE | FROM_MEMORY, 0x03, 0x2340, 2);
    expect(read(5, 3)).toEqual([1, 2]);
    expect([bench.word(0xc4), bench.word(0xc6)]).toEqual([0x2341, 0]);
    expect(read(5, 100)).toEqual([3, 4]);
  });

  test("outside of memory it reads ones", () => {
    bench.program(1, SINGLE | FROM_MEMORY, 0xff, 0, 2);
    expect(read(1, 2)).toEqual([0xff, 0xff]);
  });
});

describe("requests and masks", () => {
  test("a device whose request is up is told when its channel is unmasked", () => {
    bench.channels[2]!.request(true);
    expect(bench.events).toEqual([]);
    bench.program(2, SINGLE | TO_MEMORY, 0, 0, 1);
    expect(bench.events.at(-1)).toBe("granted 2");
  });

  test("the first controller runs only through channel 4", () => {
    const raw = new Bench();
    raw.program(2, SINGLE | TO_MEMORY, 0, 0, 4);
    raw.channels[2]!.request(true);
    expect([raw.channels[2]!.canWrite(), raw.events]).toEqual([false, []]);
    raw.cascade();
    expect([raw.channels[2]!.canWrite(), raw.events]).toEqual([true, ["granted 2"]]);
  });

  test("a channel that does not ask is left alone, and so is one that asks and is masked", () => {
    for (const number of [0, 1, 2]) bench.program(number, SINGLE | FROM_MEMORY, 0, 0, 4);
    bench.out(10, 0x06);
    bench.channels[2]!.request(true);
    bench.channels[1]!.request(true);
    expect(bench.events).toEqual(["granted 1"]);
  });

  test("the disable bit stops a controller, and requests wait", () => {
    bench.program(1, SINGLE | FROM_MEMORY, 0, 0, 4);
    bench.out(8, 0x04);
    bench.channels[1]!.request(true);
    expect([read(1, 4), bench.events]).toEqual([[], []]);
    bench.out(8, 0x00);
    expect(bench.events).toEqual(["granted 1"]);
  });

  test("fixed priority serves channel 0 first, rotating priority the one after the last served", () => {
    for (const number of [1, 2, 3]) bench.program(number, SINGLE | FROM_MEMORY, 0, 0, 4);
    const granted = (command: number) => {
      bench.out(8, 0x04);
      for (const number of [1, 2, 3]) bench.channels[number]!.request(true);
      bench.events.length = 0;
      bench.out(8, command);
      for (const number of [1, 2, 3]) bench.channels[number]!.request(false);
      return bench.events.map((event) => Number(event.at(-1)));
    };
    expect(granted(0x00)).toEqual([1, 2, 3]);
    read(1, 1);
    expect(granted(0x10)).toEqual([2, 3, 1]);
  });

  test("a software request runs a masked channel in block mode", () => {
    bench.program(1, BLOCK | FROM_MEMORY, 0, 0, 2);
    bench.out(15, 0x0f);
    expect(bench.channels[1]!.canRead()).toBe(false);
    bench.out(9, 0x05);
    expect(bench.events).toEqual(["granted 1"]);
    expect(bench.in(8) & 0x20).toBe(0x20);
    read(1, 2);
    expect(bench.in(8)).toBe(0x02);
  });

  test("status: requests in the high half, terminal counts in the low, which reading clears", () => {
    bench.program(3, SINGLE | FROM_MEMORY, 0, 0, 1);
    bench.channels[3]!.request(true);
    read(3, 1);
    expect([bench.in(8), bench.in(8)]).toEqual([0x88, 0x80]);
    bench.channels[3]!.request(false);
    expect(bench.in(8)).toBe(0);
  });

  test("mask registers: one bit, all bits, clear all", () => {
    bench.out(15, 0x00);
    bench.out(10, 0x06);
    expect(bench.in(15)).toBe(0xf4);
    bench.out(15, 0x0b);
    expect(bench.in(15)).toBe(0xfb);
    bench.out(14, 0x00);
    expect(bench.in(15)).toBe(0xf0);
  });
});

describe("registers", () => {
  test("the flip-flop chooses low and high byte; clearing it, and master clear, start with the low one", () => {
    bench.out(0, 0x34);
    bench.out(0, 0x12);
    expect([bench.in(0), bench.in(0)]).toEqual([0x34, 0x12]);
    bench.in(0);
    bench.out(12, 0);
    expect(bench.in(0)).toBe(0x34);
    bench.out(13, 0);
    expect([bench.in(0), bench.in(15)]).toEqual([0x34, 0xff]);
  });

  test("page registers read back, spare ones too", () => {
    for (let i = 0; i < 16; i++) bench.out(0x80 + i, 0xa0 + i);
    expect(Array.from({ length: 16 }, (_, i) => bench.in(0x80 + i))).toEqual(Array.from({ length: 16 }, (_, i) => 0xa0 + i));
  });
});

describe("memory to memory", () => {
  beforeEach(() => {
    bench.fill(0x1000, 1, 2, 3, 4);
    bench.program(0, BLOCK | FROM_MEMORY, 0, 0x1000, 4);
    bench.program(1, BLOCK | TO_MEMORY, 0, 0x2000, 4);
  });

  test("a software request of channel 0 copies as many bytes as channel 1 counts", () => {
    bench.out(8, 0x01);
    bench.out(9, 0x04);
    expect([...bench.ram.read(0x2000, 5)]).toEqual([1, 2, 3, 4, 0]);
    expect([bench.in(13), bench.in(8)]).toEqual([4, 0x02]);
    expect([bench.word(0), bench.word(1), bench.word(2), bench.word(3)]).toEqual([0x1004, 0xffff, 0x2004, 0xffff]);
    expect(bench.events).toEqual([]);
  });

  test("with address hold it fills", () => {
    bench.out(8, 0x03);
    bench.out(9, 0x04);
    expect([...bench.ram.read(0x2000, 5)]).toEqual([1, 1, 1, 1, 0]);
  });
});

describe("state", () => {
  const step = fc.oneof(
    fc.record({
      port: fc.oneof(fc.nat(15), fc.integer({ min: 0x80, max: 0x8f }), fc.integer({ min: 0xc0, max: 0xdf })),
      value: fc.nat(255),
    }),
    fc.record({ in: fc.oneof(fc.nat(15), fc.integer({ min: 0x80, max: 0x8f }), fc.integer({ min: 0xc0, max: 0xdf })) }),
    fc.record({ request: fc.nat(7), level: fc.boolean() }),
    fc.record({ read: fc.nat(7), length: fc.nat(9) }),
    fc.record({ write: fc.nat(7), length: fc.nat(9) }),
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  const run = (target: Bench, steps: readonly Step[]) =>
    steps.map((action) => {
      if ("port" in action) target.out(action.port, action.value);
      else if ("in" in action) return target.in(action.in);
      else if ("request" in action) target.channels[action.request]!.request(action.level);
      else if ("read" in action) return [...target.channels[action.read]!.read(action.length)];
      else return target.channels[action.write]!.write(new Uint8Array(action.length).fill(7));
      return null;
    });

  test("loaded controllers go on like the saved ones, whatever was written", () => {
    fc.assert(
      fc.property(fc.array(step), fc.array(step), (before, after) => {
        const old = new Bench().cascade();
        run(old, before);
        const fresh = new Bench();
        transplant(old.dma, fresh.dma);
        fresh.ram.bytes.set(old.ram.bytes);
        old.events.length = 0;
        expect(run(fresh, after)).toEqual(run(old, after));
        expect(fresh.events).toEqual(old.events);
      }),
    );
  });

  test("a damaged record is refused", () => {
    expectDamageRefused(bench.dma);
  });

  test("reset masks every channel", () => {
    bench.program(2, SINGLE | TO_MEMORY, 0, 0, 4);
    bench.dma.reset();
    expect([bench.channels[2]!.canWrite(), bench.in(15)]).toEqual([false, 0xff]);
  });
});
