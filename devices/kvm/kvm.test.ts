import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArrayMemory } from "../testing/array-memory.js";
import { expectDamageRefused, transplant } from "../testing/round-trip.js";
import { Kvm } from "./kvm.js";

const WALL_CLOCK = 0x4b564d00;
const SYSTEM_TIME = 0x4b564d01;
const STEAL_TIME = 0x4b564d03;
const PV_EOI = 0x4b564d04;
const SIZE = 0x10000;
const MASK = (1n << 64n) - 1n;

function setUp(powerOn = 0) {
  const memory = new ArrayMemory(SIZE);
  const host = { now: 0, offset: 0n, stolen: 0, settled: 0 };
  const create = () =>
    new Kvm(
      {
        memory,
        clock: { now: () => host.now },
        tscOffset: () => host.offset,
        wallClock: () => powerOn,
        stolen: () => host.stolen,
      },
      () => host.settled++,
    );
  const kvm = create();
  return { memory, host, kvm, create };
}

/** What Linux makes of the record with its counter at `tsc` (Documentation/virt/kvm/x86/msr.rst), in 64 bits as it does. */
function guestTime({ view }: ArrayMemory, at: number, tsc: bigint): bigint {
  let delta = (tsc - view.getBigUint64(at + 8, true)) & MASK;
  const shift = view.getInt8(at + 28);
  if (shift >= 0) delta = (delta << BigInt(shift)) & MASK;
  else delta >>= BigInt(-shift);
  return ((delta * BigInt(view.getUint32(at + 24, true))) >> 32n) + view.getBigUint64(at + 16, true);
}

describe("kvm-clock", () => {
  test("a guest computes guest time from its counter, exactly, whatever it has put in it", () => {
    const moment = fc.nat({ max: 2 ** 50 });
    fc.assert(
      fc.property(moment, moment, fc.bigInt({ min: 0n, max: MASK }), (start, later, offset) => {
        const { memory, host, kvm } = setUp();
        Object.assign(host, { now: start + 0.75, offset });
        kvm.writeMsr(SYSTEM_TIME, 0x1001n);
        expect(guestTime(memory, 0x1000, (BigInt(start + later) + offset) & MASK)).toBe(BigInt(start + later));
      }),
    );
  });

  test("the rate is that of a counter of 1 GHz as Linux computes it, and the record says it is stable", () => {
    const { memory, kvm } = setUp();
    kvm.writeMsr(SYSTEM_TIME, 0x1001n);
    const shift = memory.view.getInt8(0x1000 + 28);
    const khz = (1_000_000n << 32n) / BigInt(memory.view.getUint32(0x1000 + 24, true));
    expect(shift < 0 ? khz << BigInt(-shift) : khz >> BigInt(shift)).toBe(1_000_000n);
    expect(memory.bytes[0x1000 + 29]).toBe(1);
  });

  test("a write to the time-stamp counter does not move it", () => {
    const { memory, host, kvm } = setUp();
    kvm.writeMsr(SYSTEM_TIME, 0x1001n);
    Object.assign(host, { now: 5000, offset: 123_456n });
    kvm.timeStampWritten();
    expect(guestTime(memory, 0x1000, 6000n + 123_456n)).toBe(6000n);
  });

  test("the version is odd while the record is written and even afterwards, and another than before", () => {
    for (const before of [0, 7, 0xfffffffe, 0xffffffff]) {
      const { memory, kvm } = setUp();
      memory.view.setUint32(0x1000, before, true);
      const versions: number[] = [];
      memory.written = () => versions.push(memory.view.getUint32(0x1000, true));
      kvm.writeMsr(SYSTEM_TIME, 0x1001n);
      expect(memory.writes.map(({ address }) => address)).toEqual([0x1000, 0x1008, 0x1000]);
      expect(versions.map((version) => version & 1)).toEqual([1, 1, 0]);
      expect(versions[2]).not.toBe(before);
    }
  });

  test("without bit 0, or after a reset, nothing is written any more", () => {
    const { memory, kvm } = setUp();
    kvm.writeMsr(SYSTEM_TIME, 0x1000n);
    kvm.writeMsr(SYSTEM_TIME, 0x1001n);
    const before = memory.writes.length;
    kvm.reset();
    kvm.timeStampWritten();
    kvm.writeMsr(SYSTEM_TIME, 0n);
    kvm.timeStampWritten();
    expect(before).toBe(3);
    expect(memory.writes.length).toBe(before);
  });

  test("the old registers are the same ones", () => {
    const { kvm } = setUp();
    kvm.writeMsr(0x12, 0x2001n);
    kvm.writeMsr(0x11, 0x3000n);
    expect(kvm.readMsr(SYSTEM_TIME)).toBe(0x2001n);
    expect(kvm.readMsr(WALL_CLOCK)).toBe(0x3000n);
  });

  test("the wall clock is the time of day at power-on, to the nanosecond", () => {
    const { memory, host, kvm } = setUp(1_700_000_000.25);
    host.now = 9e9;
    kvm.writeMsr(WALL_CLOCK, 0x2000n);
    const [version, sec, nsec] = [0, 4, 8].map((offset) => memory.view.getUint32(0x2000 + offset, true));
    expect([version! & 1, sec, nsec]).toEqual([0, 1_700_000_000, 250_000_000]);
  });
});

describe("steal time", () => {
  const steal = ({ view }: ArrayMemory) => [view.getBigUint64(0x1000, true), view.getUint32(0x1008, true)];

  test("what was stolen after the record was registered is added to it, when the processor is about to run", () => {
    const { memory, host, kvm } = setUp();
    host.stolen = 1000;
    expect(kvm.writeMsr(STEAL_TIME, 0x1001n)).toBe(true);
    kvm.entered();
    expect(steal(memory)).toEqual([0n, 0]);
    host.stolen = 5_000_001_000;
    kvm.entered();
    expect(steal(memory)).toEqual([5_000_000_000n, 2]);
    kvm.entered();
    expect(steal(memory)).toEqual([5_000_000_000n, 2]);
  });

  test("a record that is not aligned is refused, and the one before stays", () => {
    const { kvm } = setUp();
    kvm.writeMsr(STEAL_TIME, 0x1001n);
    for (const bit of [1, 2, 3, 4, 5]) expect(kvm.writeMsr(STEAL_TIME, 0x2001n | (1n << BigInt(bit)))).toBe(false);
    expect(kvm.readMsr(STEAL_TIME)).toBe(0x1001n);
  });
});

describe("paravirtual end of interrupt", () => {
  test("the bit is set with the offer; an offer whose bit the guest cleared was taken, another is taken back", () => {
    const { memory, kvm } = setUp();
    memory.bytes[0x1000] = 0x80;
    expect(kvm.writeMsr(PV_EOI, 0x1001n)).toBe(true);
    kvm.eoi.offer();
    expect(memory.bytes[0x1000]).toBe(0x81);
    memory.bytes[0x1000] = 0x80;
    expect(kvm.eoi.collect()).toBe(true);
    expect(kvm.eoi.collect()).toBe(false);
    kvm.eoi.offer();
    expect(kvm.eoi.collect()).toBe(false);
    expect(memory.bytes[0x1000]).toBe(0x80);
  });

  test("nothing is offered until the guest enables it, and the local APIC settles before that changes", () => {
    const { memory, host, kvm } = setUp();
    kvm.eoi.offer();
    expect(memory.writes).toEqual([]);
    kvm.writeMsr(PV_EOI, 0x1001n);
    expect(host.settled).toBe(1);
    expect(kvm.writeMsr(PV_EOI, 0x2003n)).toBe(false);
    expect(kvm.writeMsr(PV_EOI, BigInt(SIZE) | 1n)).toBe(false);
    expect(host.settled).toBe(1);
  });
});

describe("registers", () => {
  test("nobody writes outside of RAM, whatever address a guest gives", () => {
    const index = fc.constantFrom(0x11, 0x12, WALL_CLOCK, SYSTEM_TIME, STEAL_TIME, PV_EOI);
    const value = fc.oneof(fc.bigInt({ min: 0n, max: MASK }), fc.bigInt({ min: BigInt(SIZE) - 80n, max: BigInt(SIZE) + 80n }));
    fc.assert(
      fc.property(fc.array(fc.tuple(index, value), { maxLength: 8 }), (writes) => {
        const { memory, host, kvm } = setUp(1e9);
        for (const [register, bits] of writes) {
          kvm.writeMsr(register, bits);
          kvm.timeStampWritten();
          host.stolen += 10;
          kvm.entered();
          kvm.eoi.offer();
        }
        for (const { address, length } of memory.writes) expect(address + length).toBeLessThanOrEqual(SIZE);
      }),
    );
  });

  test("others of the block do not exist", () => {
    const { kvm } = setUp();
    for (const index of [0x4b564d02, 0x4b564d05, 0x4b564dff]) {
      expect(kvm.readMsr(index)).toBeUndefined();
      expect(kvm.writeMsr(index, 0n)).toBe(false);
    }
  });

  test("a snapshot keeps them, the offer, and what was told", () => {
    const { memory, host, kvm, create } = setUp(77);
    kvm.writeMsr(SYSTEM_TIME, 0x1001n);
    kvm.writeMsr(WALL_CLOCK, 0x2000n);
    kvm.writeMsr(STEAL_TIME, 0x3001n);
    kvm.writeMsr(PV_EOI, 0x4001n);
    kvm.eoi.offer();
    memory.bytes[0x4000] = 0;
    host.stolen = 500;
    const copy = create();
    transplant(kvm, copy);
    copy.entered();
    expect(memory.view.getBigUint64(0x3000, true)).toBe(0n);
    expect(copy.eoi.collect()).toBe(true);
    expectDamageRefused(kvm);
    expect(() => kvm.load({ ...kvm.save(), eoiEnable: BigInt(SIZE) | 1n })).toThrow(/end of interrupts is not in memory/);
  });
});
