// What every card promises: its identity, and that no driver, however hostile, makes it crash, hang or work without bound.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccessSize, DeviceState } from "../../core/bus/device.js";
import { ipFrame, MAC, NicRig, testFrame } from "../testing/nic-rig.js";
import { expectSame, transplant } from "../testing/round-trip.js";
import { createNic, defaultMac, NIC_MODELS, type NicModel } from "./nics.js";
import { formatMac } from "./wire.js";

type Write = readonly [offset: number, size: AccessSize, value: number];

interface Attack {
  /** Vendor and device. */
  readonly identity: number;
  /** Bytes of registers. */
  readonly window: number;
  /** What makes the card work, with rings at 1000 and 2000. */
  readonly setUp: readonly Write[];
  /** What a driver would do again and again, well or badly. */
  readonly lively: readonly Write[];
  /** Words of descriptors. */
  readonly descriptors: readonly (readonly [number, number, number, number])[];
  /** Words of memory at the beginning, where without them hardly anything would go. */
  readonly memory?: readonly (readonly [address: number, word: number])[];
}

const TX_RING = 0x1000;
const RX_RING = 0x2000;
const BUFFER = 0x4000;
/** Behind what is in the buffer. */
const ZEROS = 0x6000;

const each = (size: AccessSize, offset: number, ...values: number[]): Write[] => values.map((value) => [offset, size, value]);

function virtioQueue(index: number, descriptors: number, available: number): Write[] {
  const places = [descriptors, available, descriptors + 0x100].flatMap((at, area) => each(4, 0x20 + 8 * area, at));
  return [...each(2, 0x16, index), ...each(2, 0x18, 8), ...places, ...each(2, 0x1c, 1)];
}

const ATTACKS: Readonly<Record<NicModel, Attack>> = {
  e1000: {
    identity: 0x100e8086,
    window: 0x6000,
    setUp: [
      [0x0000, 4, 0x40],
      ...each(4, 0x00d0, 0xffffffff),
      [0x2800, 4, RX_RING],
      [0x2808, 4, 128],
      [0x3800, 4, TX_RING],
      [0x3808, 4, 128],
      [0x0400, 4, 2],
      [0x0100, 4, 0x0401801a],
      [0x2818, 4, 7],
    ],
    lively: [
      ...each(4, 0x3818, 0, 1, 3, 7, 8, 0xff, 0xffff),
      ...each(4, 0x3810, 0, 0xffff),
      ...each(4, 0x2818, 0, 3, 7, 0xffff),
      ...each(4, 0x3808, 128, 0, 0xfff80),
      ...each(4, 0x3800, TX_RING, 0xfff80, 0xfffffff0),
      ...each(4, 0x2800, RX_RING, 0xfff80),
      ...each(4, 0x0100, 0x0401801a, 0x0203802a, 0x018000da),
      ...each(4, 0x00c4, 0, 1, 0xffff),
      ...each(4, 0x3820, 0, 10, 0x80000000),
    ],
    descriptors: [
      [BUFFER, 0, 0x0b0005dc, 0],
      [BUFFER, 0, 0x0f00ffff, 0xff00],
      [BUFFER, 0, 0x0200ffff, 0],
      [0xffffffff, 0xffffffff, 0x0b0005dc, 0],
      [0x00210e18, 0x00003222, 0x27000000, 0x00013600],
      [0xffffffff, 0xffffffff, 0x27ffffff, 0xffffff00],
      [0, 0, 0x25000000, 0],
      [BUFFER, 0, 0x2f1fffff, 0x0300],
      [BUFFER, 0, 0x2e101000, 0x0300],
      [BUFFER, 0, 0x2b100000, 0xff00],
      [0, 0, 0, 0],
    ],
  },
  rtl8139: {
    identity: 0x813910ec,
    window: 0x100,
    setUp: [
      [0xe0, 2, 3],
      [0x20, 4, TX_RING],
      [0xe4, 4, RX_RING],
      [0x37, 1, 0x0c],
      [0x44, 4, 0x0f],
      [0x3c, 2, 0xffff],
    ],
    lively: [
      ...each(1, 0xd9, 0x40, 0x80, 0xc1),
      ...each(2, 0xe0, 0, 3, 0x63),
      ...each(1, 0x37, 0x0c, 0x04, 0x10),
      ...each(4, 0x44, 0x0f, 0x8f, 0x180f, 0x188f),
      ...each(4, 0x10, 64, 0x1fff, 0x3008),
      ...each(4, 0x14, 1500),
      ...each(4, 0x20, TX_RING, 0xfff00, 0xffffff00),
      ...each(4, 0x28, TX_RING, 0xffffff00),
      ...each(4, 0x30, RX_RING, 0xfff00, 0xfffffff0),
      ...each(2, 0x38, 0, 0xfff0, 0x1ff1),
      ...each(4, 0xe4, RX_RING, 0xffffff00),
      ...each(4, 0x54, 0, 1, 0xffffffff),
      ...each(4, 0x40, 0, 0x60000, 0x10000),
    ],
    descriptors: [
      [0xb0000040, 0, BUFFER, 0],
      [0xf0000640, 0, BUFFER, 0],
      [0xb807ffff, 0, BUFFER, 0],
      [0xb8010800, 0x20064, BUFFER, 0],
      [0xa0000001, 0, BUFFER, 0],
      [0x8000ffff, 0, 0xffffffff, 0xffffffff],
      [0x80000000, 0, 0, 0],
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0, 0, 0, 0],
    ],
  },
  ne2k_pci: {
    identity: 0x802910ec,
    window: 0x20,
    setUp: [
      ...each(1, 0x00, 0x22),
      ...each(1, 0x01, 0x46),
      ...each(1, 0x02, 0x80),
      ...each(1, 0x03, 0x7f),
      ...each(1, 0x0c, 0x1c),
      ...each(1, 0x0f, 0x7f),
      ...each(1, 0x00, 0x62),
      ...each(1, 0x07, 0x46),
      ...each(1, 0x00, 0x22),
    ],
    lively: [
      ...each(1, 0x00, 0x22, 0x26, 0x0a, 0x12, 0x62, 0xa2, 0xe2),
      ...each(1, 0x01, 0x46, 0x80, 0xff, 0),
      ...each(1, 0x02, 0x80, 0x40, 0),
      ...each(1, 0x03, 0x46, 0x7f, 0xff),
      ...each(1, 0x05, 0xff),
      ...each(1, 0x06, 0x05, 0xff),
      ...each(1, 0x07, 0xff, 0x46),
      ...each(1, 0x0b, 0xff),
      ...each(1, 0x0e, 0x49, 0x48),
      ...each(4, 0x10, 0x12345678),
    ],
    descriptors: [[0, 0, 0, 0]],
  },
  // Through the modern registers, with rings of eight: what is available in one ring is its neighbour's last descriptor.
  "virtio-net-pci": {
    identity: 0x10001af4,
    window: 0x40,
    setUp: [
      ...each(1, 0x14, 1, 3),
      ...each(4, 0x08, 1),
      ...each(4, 0x0c, 1),
      ...each(4, 0x08, 0),
      ...each(4, 0x0c, 0x300ff823),
      ...each(1, 0x14, 11),
      ...virtioQueue(0, RX_RING, TX_RING + 0x70),
      ...virtioQueue(1, TX_RING, RX_RING + 0x70),
      ...each(1, 0x14, 15),
    ],
    lively: [
      ...each(2, 0x3000, 0, 0),
      ...each(2, 0x3004, 1, 1),
      ...each(2, 0x3008, 2),
      ...each(2, 0x16, 0, 1, 2, 0xffff),
      ...each(1, 0x14, 15, 0x80),
      ...each(2, 0x3a, 1),
      ...each(2, 0x1c, 1),
    ],
    descriptors: [
      [BUFFER, 0, 1500, 0],
      [ZEROS, 0, 1500, 0],
      [BUFFER, 0, 1500, 2],
      [BUFFER, 0, 100, 0x00010001],
      [BUFFER, 0, 0x10000, 0],
      [BUFFER, 0, 0x10000, 2],
      [0xffffffff, 0xffffffff, 64, 0],
      [0x00080000, 0x00010000, 0x00030002, 0x00050004],
      [0x00030000, 0x00010000, 0x00030002, 0x00050004],
      [0, 0, 0, 0],
    ],
    memory: [TX_RING, RX_RING].flatMap((ring): [number, number][] => [
      [ring, ZEROS],
      [ring + 8, 1000],
      [ring + 12, ring === RX_RING ? 2 : 0],
      [ring + 0x70, 1 << 16],
    ]),
  },
};
/** Bytes that one access, one frame or one timer may move: a burst, and what it began last. */
const MOST = 1 << 20;

const create = (model: NicModel) => new NicRig((options) => createNic(model, options));

describe.each(NIC_MODELS)("%s", (model) => {
  const { identity, setUp, lively, window, descriptors, memory = [] } = ATTACKS[model];

  test("is what its model's name says, a network card with an interrupt", () => {
    const { nic } = create(model);
    expect(nic.readConfig(0, 4)).toBe(identity);
    expect([nic.readConfig(0x0a, 2), nic.readConfig(0x3d, 1), nic.name]).toEqual([0x0200, 1, model]);
  });

  test("after a reset it is as new", () => {
    const rig = create(model);
    const fresh = rig.nic.save();
    for (const [offset, size, value] of [...setUp, ...lively]) rig.out(offset, value, size);
    rig.receive(testFrame(MAC));
    rig.scheduler.advanceTo(0);
    rig.nic.reset();
    rig.place();
    // The transceiver's link has been up: that stays in its latched status.
    expectSame(withoutPhy(rig.nic.save()), withoutPhy(fresh));
  });

  test("registers, rings and descriptors at random: each access does bounded work, and a snapshot goes on alike", () => {
    const access = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...lively) },
      { weight: 1, arbitrary: fc.constantFrom(...setUp) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.nat(window - 1), fc.constantFrom<AccessSize[]>(1, 2, 4), fc.integer({ min: 0, max: 0xffffffff })),
      },
    );
    const step = fc.record({
      descriptor: fc.option(fc.tuple(fc.constantFrom(TX_RING, RX_RING), fc.nat(7), fc.constantFrom(...descriptors)), { freq: 3 }),
      access,
      frame: fc.option(fc.nat(3000), { freq: 3 }),
      link: fc.oneof({ weight: 50, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.boolean() }),
      wait: fc.option(fc.constantFrom(1, 1000, 5e6), { freq: 3 }),
    });
    let [sent, stored] = [0, 0];
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 50 }), (steps) => {
        const rig = create(model);
        rig.ram.bytes.set(ipFrame({ protocol: 6, payload: 4000 }), BUFFER);
        for (const [offset, size, value] of setUp) rig.out(offset, value, size);
        for (const [address, word] of memory) putWord(rig, address, word);
        const moved = countBytes(rig);
        for (const { descriptor, access, frame, link, wait } of steps) {
          if (descriptor)
            for (let word = 0; word < 4; word++) putWord(rig, descriptor[0] + descriptor[1] * 16 + word * 4, descriptor[2][word]!);
          rig.out(access[0], access[2], access[1]);
          rig.in(access[0], access[1]);
          if (link !== null) rig.cable.setLink(link);
          if (frame !== null) rig.receive(testFrame(MAC, frame));
          expect(moved()).toBeLessThan(MOST);
          const before = rig.scheduler.fired;
          if (wait !== null) rig.scheduler.advance(wait);
          expect(moved()).toBeLessThan(MOST * (rig.scheduler.fired - before + 1));
        }
        sent += rig.sent.length;
        stored += rig.ram.writes.length;
        const copy = create(model);
        copy.cable.setLink(rig.cable.ends[0].isUp);
        copy.scheduler.advanceTo(rig.scheduler.now());
        copy.ram.bytes.set(rig.ram.bytes);
        transplant(rig.nic, copy.nic);
        for (const one of [rig, copy]) one.scheduler.advance(1e6);
        expectSame(copy.nic.save(), rig.nic.save());
        expect(copy.irq.level).toBe(rig.irq.level);
      }),
      { numRuns: 40 },
    );
    // It was no idle card that all this was done to.
    expect(sent).toBeGreaterThan(0);
    if (model !== "ne2k_pci") expect(stored).toBeGreaterThan(0);
  });
});

test("default addresses have the prefix 52:54:00 and count up", () => {
  expect([0, 1, 300].map((index) => formatMac(defaultMac(index)))).toEqual(["52:54:00:12:34:56", "52:54:00:12:34:57", "52:54:00:12:35:82"]);
});

function putWord({ ram }: NicRig, at: number, value: number): void {
  ram.view.setUint32(at, value, true);
}

function withoutPhy(state: DeviceState): DeviceState {
  return { ...state, phy: null };
}

/** Bytes that the card has moved to and from memory since the last call. */
function countBytes({ ram }: NicRig): () => number {
  let total = 0;
  const { read, write } = ram;
  ram.read = (address, length) => {
    total += length;
    return read.call(ram, address, length);
  };
  ram.write = (address, bytes) => {
    total += bytes.length;
    write.call(ram, address, bytes);
  };
  return () => {
    const since = total;
    total = 0;
    return since;
  };
}
