import fc from "fast-check";
import { expect, test } from "vitest";
import type { AccessSize } from "../core/bus/device.js";
import type { ApicMessage } from "./apic-message.js";
import { IO_APIC_PINS, IoApic } from "./io-apic.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";

const LEVEL = 0x8000;
const MASKED = 0x10000;

function setUp() {
  const sent: ApicMessage[] = [];
  const bus = { accepts: true };
  const apic = new IoApic({
    id: 0,
    send: (message) => {
      if (bus.accepts) sent.push(message);
      return bus.accepts;
    },
  });
  const write = (register: number, value: number) => {
    apic.write(0, register, 4);
    apic.write(0x10, value, 4);
  };
  const read = (register: number) => {
    apic.write(0, register, 4);
    return apic.read(0x10, 4);
  };
  return { apic, sent, bus, write, read };
}

test("it says it is an 82093AA with 24 entries, all masked after reset", () => {
  const { read } = setUp();
  expect(read(1)).toBe(0x00170011);
  for (let pin = 0; pin < IO_APIC_PINS; pin++) expect(read(0x10 + pin * 2)).toBe(MASKED);
  expect(read(0x40)).toBe(0xffffffff);
});

test("an edge sends the entry's message once", () => {
  const { apic, sent, write } = setUp();
  write(0x10 + 4 * 2 + 1, 0x03000000);
  write(0x10 + 4 * 2, 0x0934);
  apic.pins[4]!.set(true);
  apic.pins[4]!.set(true);
  expect(sent).toEqual([{ destination: 3, logical: true, deliveryMode: 1, vector: 0x34, level: false }]);
});

test("an edge at a masked pin is forgotten", () => {
  const { apic, sent, write } = setUp();
  apic.pins[4]!.set(true);
  write(0x10 + 4 * 2, 0x34);
  expect(sent).toEqual([]);
});

test("a level is sent once, and again after EOI while it is asserted", () => {
  const { apic, sent, write, read } = setUp();
  write(0x10 + 16 * 2, 0x40 | LEVEL);
  apic.pins[16]!.set(true);
  expect(read(0x10 + 16 * 2)).toBe(0x40 | LEVEL | 0x4000);
  apic.pins[16]!.set(false);
  apic.pins[16]!.set(true);
  expect(sent.length).toBe(1);
  apic.endOfInterrupt(0x41);
  expect(sent.length).toBe(1);
  apic.endOfInterrupt(0x40);
  expect(sent.length).toBe(2);
  apic.pins[16]!.set(false);
  apic.endOfInterrupt(0x40);
  expect(sent.length).toBe(2);
  expect(read(0x10 + 16 * 2)).toBe(0x40 | LEVEL);
});

test("unmasking an asserted level delivers it", () => {
  const { apic, sent, write } = setUp();
  apic.pins[9]!.set(true);
  write(0x10 + 9 * 2, 0x50 | LEVEL | MASKED);
  expect(sent).toEqual([]);
  write(0x10 + 9 * 2, 0x50 | LEVEL);
  expect(sent.length).toBe(1);
});

test("a level nobody accepts stays to be sent later", () => {
  const { apic, sent, bus, write, read } = setUp();
  bus.accepts = false;
  write(0x10 + 9 * 2, 0x50 | LEVEL);
  apic.pins[9]!.set(true);
  expect(read(0x10 + 9 * 2)).toBe(0x50 | LEVEL);
  bus.accepts = true;
  write(0x10 + 9 * 2, 0x50 | LEVEL);
  expect(sent.length).toBe(1);
});

test("switching an entry to edge and back clears a stuck remote IRR", () => {
  const { apic, write, read } = setUp();
  write(0x10, 0x50 | LEVEL);
  apic.pins[0]!.set(true);
  apic.pins[0]!.set(false);
  write(0x10, 0x50 | MASKED);
  write(0x10, 0x50 | LEVEL | MASKED);
  expect(read(0x10)).toBe(0x50 | LEVEL | MASKED);
});

test("NMI and ExtINT are edges though the entry says level", () => {
  const { apic, sent, write } = setUp();
  write(0x10, 0x402 | LEVEL);
  write(0x12, 0x7ff | LEVEL);
  apic.pins[0]!.set(true);
  apic.pins[1]!.set(true);
  expect(sent.map(({ deliveryMode, vector, level }) => [deliveryMode, vector, level])).toEqual([
    [4, 2, false],
    [7, 0, false],
  ]);
});

const step = fc.record({
  register: fc.nat(0x48),
  value: fc.nat(0xffffffff),
  size: fc.constantFrom<AccessSize>(1, 2, 4),
  pin: fc.nat(IO_APIC_PINS - 1),
  level: fc.boolean(),
});

test("whatever is written, nothing throws, and a copy from the saved state goes on alike", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.array(step, { maxLength: 10 }), (before, after) => {
      const run = ({ apic, write }: ReturnType<typeof setUp>, steps: typeof before) => {
        for (const { register, value, size, pin, level } of steps) {
          write(register, value);
          apic.write(register & 0x1f, value, size);
          apic.pins[pin]!.set(level);
          apic.endOfInterrupt(value & 0xff);
        }
      };
      const a = setUp();
      run(a, before);
      const b = setUp();
      transplant(a.apic, b.apic);
      a.sent.length = 0;
      run(a, after);
      run(b, after);
      expect(b.sent).toEqual(a.sent);
    }),
  );
});

test("a damaged record is refused", () => {
  expectDamageRefused(setUp().apic);
});
