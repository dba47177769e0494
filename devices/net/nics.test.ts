// What every card promises: its identity, and that no driver, however hostile, makes it crash, hang or work without bound.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccessSize } from "../../core/bus/device.js";
import { MAC, NicRig, testFrame } from "../testing/nic-rig.js";
import { transplant } from "../testing/round-trip.js";
import { createNic, defaultMac, NIC_MODELS, type NicModel } from "./nics.js";
import { formatMac } from "./wire.js";

const IDENTITIES: Readonly<Record<NicModel, number>> = { e1000: 0x100e8086, rtl8139: 0x813910ec, ne2k_pci: 0x802910ec };
/** Registers that make cards work, and values that start them: random ones alone would seldom get so far. */
const LIVELY: Readonly<Record<NicModel, readonly (readonly [offset: number, size: AccessSize, values: readonly number[]])[]>> = {
  e1000: [
    [0x0100, 4, [0x2801a, 0x0401801a, 0x02038002]],
    [0x0400, 4, [2]],
    [0x00c4, 4, [0, 1, 0xffff]],
    [0x00d0, 4, [0xffffffff]],
    ...[0x2800, 0x3800].flatMap((ring): [number, AccessSize, number[]][] => [
      [ring, 4, [0, 0x1000, 0xfffff000, 0xfff00]],
      [ring + 4, 4, [0, 1]],
      [ring + 8, 4, [0, 128, 0x1000, 0xfff80]],
      [ring + 0x10, 4, [0, 1, 7, 0xffff]],
      [ring + 0x18, 4, [0, 1, 7, 0xff, 0xffff]],
    ]),
  ],
  rtl8139: [
    [0x37, 1, [0x0c, 0x10]],
    [0x44, 4, [0x0f, 0x8f, 0x180f]],
    [0xe0, 2, [0, 3, 0x63]],
    [0xd9, 1, [0xc1]],
    [0x10, 4, [64, 0x1fff, 0x3008]],
    [0x14, 4, [1500]],
    [0x20, 4, [0x1000, 0xffffff00]],
    [0x30, 4, [0, 0xfff00, 0xfffffff0]],
    [0x38, 2, [0, 0xfff0, 0x1ff0]],
    [0xe4, 4, [0x2000, 0xffffff00]],
    [0x54, 4, [0, 1, 0xffffffff]],
    [0x3c, 2, [0xffff]],
  ],
  ne2k_pci: [
    [0x00, 1, [0x22, 0x26, 0x0a, 0x12, 0x62, 0xa2, 0xe2]],
    [0x01, 1, [0x46, 0x80, 0xff]],
    [0x02, 1, [0x80, 0x40, 0]],
    [0x05, 1, [0xff]],
    [0x06, 1, [0x05, 0xff]],
    [0x0b, 1, [0xff]],
    [0x0c, 1, [0x1c]],
    [0x0f, 1, [0x7f]],
    [0x10, 4, [0]],
  ],
};
const WINDOW: Readonly<Record<NicModel, number>> = { e1000: 0x6000, rtl8139: 0x100, ne2k_pci: 0x20 };
/** Bytes that one access, or one timer, may move: a burst, and its last frame. */
const MOST = 1 << 20;

describe.each(NIC_MODELS)("%s", (model) => {
  test("is what its model's name says, a network card with an interrupt", () => {
    const { nic } = new NicRig((options) => createNic(model, options));
    expect(nic.readConfig(0, 4)).toBe(IDENTITIES[model]);
    expect([nic.readConfig(0x0a, 2), nic.readConfig(0x3d, 1), nic.name]).toEqual([0x0200, 1, model]);
  });

  test("after a reset it is as new", () => {
    const rig = new NicRig((options) => createNic(model, options));
    const fresh = rig.nic.save();
    for (const [offset, size, values] of LIVELY[model]) rig.out(offset, values[0]!, size);
    rig.receive(testFrame(MAC));
    rig.scheduler.advanceTo(0);
    rig.nic.reset();
    rig.place();
    const { phy: _, ...state } = rig.nic.save() as { phy?: unknown };
    const { phy: __, ...expected } = fresh as { phy?: unknown };
    expect(state).toEqual(expected);
  });

  test("random registers, rings anywhere and descriptors of noise: each access does bounded work, and a snapshot goes on alike", () => {
    const known = LIVELY[model].map(([offset, size, values]) =>
      fc.record({ offset: fc.constant(offset), size: fc.constant(size), value: fc.constantFrom(...values) }),
    );
    const lively = fc.oneof(...known);
    const any = fc.record({
      offset: fc.nat(WINDOW[model] - 1),
      size: fc.constantFrom<AccessSize[]>(1, 2, 4),
      value: fc.oneof(fc.nat(0xffff), fc.integer({ min: 0, max: 0xffffffff })),
    });
    const step = fc.record({
      access: fc.oneof({ weight: 4, arbitrary: lively }, { weight: 1, arbitrary: any }),
      frame: fc.option(fc.nat(3000), { freq: 4 }),
      wait: fc.option(fc.constantFrom(1, 1000, 5e6), { freq: 4 }),
      noise: fc.option(fc.tuple(fc.nat(0x2fff), fc.constantFrom(0, 0xff, 0xb0, 0x31, 0x25)), { freq: 2 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const rig = new NicRig((options) => createNic(model, options));
        const moved = countBytes(rig);
        for (const { access, frame, wait, noise } of steps) {
          if (noise) rig.ram.bytes.fill(noise[1], noise[0], noise[0] + 64);
          rig.out(access.offset, access.value, access.size);
          rig.in(access.offset, access.size);
          if (frame !== null) rig.receive(testFrame(MAC, frame));
          expect(moved()).toBeLessThan(MOST);
          const before = rig.scheduler.fired;
          if (wait !== null) rig.scheduler.advance(wait);
          expect(moved()).toBeLessThan(MOST * (rig.scheduler.fired - before + 1));
        }
        const copy = new NicRig((options) => createNic(model, options));
        copy.scheduler.advanceTo(rig.scheduler.now());
        copy.ram.bytes.set(rig.ram.bytes);
        transplant(rig.nic, copy.nic);
        for (const one of [rig, copy]) one.scheduler.advance(1e6);
        expect(copy.nic.save()).toEqual(rig.nic.save());
        expect(copy.irq.level).toBe(rig.irq.level);
      }),
      { numRuns: 150 },
    );
  });
});

test("default addresses have the prefix 52:54:00 and count up", () => {
  expect([0, 1, 300].map((index) => formatMac(defaultMac(index)))).toEqual(["52:54:00:12:34:56", "52:54:00:12:34:57", "52:54:00:12:35:82"]);
});

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
