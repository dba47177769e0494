// A driver that breaks the rules breaks its device, which says so and works again after a reset; never the host, and never for long.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccessSize } from "../../core/bus/device.js";
import { ArrayMemory } from "../testing/array-memory.js";
import { RingFault } from "./ring.js";
import { SplitRing } from "./split-ring.js";
import { ALL_FEATURES, createBlockRig, IN, OK, perform, type RigOptions } from "./testing/block-rig.js";

const NEEDS_RESET = 0x40;
const SIZE = 16;
const INDIRECT = 4;

type Descriptor = [at: number, address: number | bigint, length: number, third: number, fourth: number];

function describeAt(view: DataView, ...[at, address, length, third, fourth]: Descriptor): void {
  view.setBigUint64(at, BigInt(address), true);
  view.setUint32(at + 8, length, true);
  view.setUint16(at + 12, third, true);
  view.setUint16(at + 14, fourth, true);
}

function started(packed: boolean, options: RigOptions = {}) {
  const rig = createBlockRig({ device: { queueSize: SIZE }, environment: { packed }, ...options });
  rig.driver.initialize(ALL_FEATURES, [SIZE]);
  const { view } = rig.driver.memory;
  const { place } = rig.driver.queues[0]!;
  const describe = (...descriptor: Descriptor) => describeAt(view, ...descriptor);
  /** Descriptor 0 of the ring, and the first made available. */
  const first = (address: number | bigint, length: number, flags: number, next = 0) => {
    if (packed) describe(place.descriptors, address, length, 0, flags | 0x80);
    else {
      describe(place.descriptors, address, length, flags, next);
      view.setUint16(place.driver + 2, 1, true);
    }
    rig.driver.kick(0);
  };
  const submits = () => rig.disk.requests.length;
  return { ...rig, view, place, describe, first, submits };
}

type Hostile = ReturnType<typeof started>;

/** By what the device says of them. */
const SPLIT: readonly (readonly [problem: RegExp, attack: (rig: Hostile) => void])[] = [
  [
    /an index that is 17 ahead in a ring of 16/,
    ({ view, place, driver }) => {
      view.setUint16(place.driver + 2, 17, true);
      driver.kick(0);
    },
  ],
  [
    /an index that is 65535 ahead/,
    ({ view, place, driver }) => {
      view.setUint16(place.driver + 2, 0xffff, true);
      driver.kick(0);
    },
  ],
  [
    /head 16 of a ring of 16/,
    ({ view, place, driver }) => {
      view.setUint16(place.driver + 4, 16, true);
      view.setUint16(place.driver + 2, 1, true);
      driver.kick(0);
    },
  ],
  [/descriptor 16 of a ring/, ({ first }) => first(0x1000, 16, 1, 16)],
  [/a loop/, ({ first }) => first(0x1000, 16, 1, 0)],
  [
    /descriptor 3 of an indirect table of 2/,
    ({ first, describe }) => {
      describe(0x100000, 0x1000, 16, 1, 3);
      first(0x100000, 32, INDIRECT);
    },
  ],
  [
    /a loop/,
    ({ first, describe }) => {
      describe(0x100000, 0x1000, 16, 1, 1);
      describe(0x100010, 0x1000, 16, 1, 0);
      first(0x100000, 32, INDIRECT);
    },
  ],
  [
    /an indirect descriptor in an indirect table/,
    ({ first, describe }) => {
      describe(0x100000, 0x100000, 32, INDIRECT, 0);
      first(0x100000, 32, INDIRECT);
    },
  ],
  [/an indirect descriptor with a next one/, ({ first }) => first(0x100000, 32, INDIRECT | 1)],
];

const PACKED: typeof SPLIT = [
  [
    /a chain longer than its ring of 16/,
    ({ first, describe, place }) => {
      for (let i = 1; i < SIZE; i++) describe(place.descriptors + 16 * i, 0x1000, 16, 0, 1);
      first(0x1000, 16, 1);
    },
  ],
  [/an indirect descriptor in a chain/, ({ first }) => first(0x100000, 32, INDIRECT | 1)],
  [
    /an indirect descriptor in a chain/,
    ({ first, describe, place }) => {
      describe(place.descriptors + 16, 0x100000, 32, 0, INDIRECT);
      first(0x1000, 16, 1);
    },
  ],
  [/more than 1024 descriptors/, ({ first }) => first(0x100000, 16 * 2000, INDIRECT)],
];

const BOTH: typeof SPLIT = [
  [/a buffer outside of memory, at 1fffff/, ({ first }) => first(0x1fffff, 2, 0)],
  [/a buffer outside of memory, at 10000000000000000/, ({ first }) => first(0xffff_ffff_ffff_ffffn, 0xffffffff, 0)],
  [/a buffer outside of memory/, ({ first }) => first(0x1_0000_0000n, 16, 2)],
  [/an indirect table outside of memory/, ({ first }) => first(0x100000, 0xfffffff0, INDIRECT)],
  [/an indirect table of 0 bytes/, ({ first }) => first(0x100000, 0, INDIRECT)],
  [/an indirect table of 17 bytes/, ({ first }) => first(0x100000, 17, INDIRECT)],
  [/a request without header or status/, ({ first }) => first(0x1000, 4, 0)],
  [/a request without header or status/, ({ first }) => first(0x1000, 512, 2)],
];

const cases = (packed: boolean, list: typeof SPLIT) => list.map(([problem, attack]) => ({ packed, problem, attack }));
const ATTACKS = [...cases(false, SPLIT), ...cases(true, PACKED), ...cases(false, BOTH), ...cases(true, BOTH)];

describe("a device that was misled needs a reset", () => {
  test.each(ATTACKS)("$problem (packed: $packed)", ({ packed, problem, attack }) => {
    const rig = started(packed);
    const { driver, block, scheduler } = rig;
    attack(rig);
    expect(block.problem).toMatch(problem);
    expect(driver.status & NEEDS_RESET).toBe(NEEDS_RESET);
    expect(driver.takeIsr()).toBe(2);
    // Until then it does nothing at all.
    const before = rig.ram.slice();
    driver.kick(0);
    scheduler.advance(1_000_000);
    expect(rig.submits()).toBe(0);
    expect(rig.ram.every((byte, i) => byte === before[i])).toBe(true);
    driver.initialize(ALL_FEATURES, [SIZE]);
    expect(driver.status & NEEDS_RESET).toBe(0);
    expect(perform(rig, IN, 0, 512).status).toBe(OK);
  });
});

test("a writable buffer before a readable one is against the rules", () => {
  for (const packed of [false, true]) {
    const { driver, block } = started(packed);
    driver.send(0, [
      { address: 0x1000, length: 16, writable: true },
      { address: 0x2000, length: 16, writable: false },
    ]);
    expect(block.problem).toContain("a readable buffer behind a writable one");
  }
});

test("indirect descriptors that were not negotiated are against the rules", () => {
  for (const packed of [false, true]) {
    const rig = started(packed);
    rig.driver.initialize(ALL_FEATURES & ~(1n << 28n), [SIZE]);
    rig.driver.send(0, [{ address: 0x1000, length: 16, writable: false }], true);
    expect(rig.block.problem).toContain("not negotiated");
  }
});

test("a packed ring whose buffers are made available twice", () => {
  const rig = started(true);
  const { driver, view, place, requests } = rig;
  for (let i = 0; i < SIZE; i++) requests.send(IN, 0, 512, { indirect: true });
  driver.kick(0);
  // The second time around, AVAIL is 0 and USED is 1.
  for (let i = 0; i < SIZE; i++) view.setUint16(place.descriptors + 16 * i + 14, INDIRECT | 0x8000, true);
  driver.kick(0);
  expect(rig.block.problem).toContain("more buffers made available than the ring has");
});

describe("rings where none can be", () => {
  const place = (area: number, address: bigint, size = SIZE) => {
    const rig = createBlockRig({ environment: { packed: false } });
    const { driver, block } = rig;
    driver.initialize(ALL_FEATURES & ~(1n << 34n), []);
    driver.setCommon(0x16, 0, 2);
    driver.setCommon(0x18, size, 2);
    [0x1000n, 0x2000n, 0x3000n].forEach((usual, index) => {
      const at = index === area ? address : usual;
      driver.setCommon(0x20 + 8 * index, Number(at & 0xffffffffn), 4);
      driver.setCommon(0x24 + 8 * index, Number(at >> 32n), 4);
    });
    driver.setCommon(0x1c, 1, 2);
    return { driver, block };
  };

  test.each([0, 1, 2])("area %s outside of memory", (area) => {
    for (const address of [0x1fffffn, 0xffffffffn, 0x1_0000_0000n, 0xffff_ffff_ffff_fff0n]) {
      const { driver, block } = place(area, address);
      expect(block.problem).toContain("a queue outside of memory");
      expect(driver.common(0x1c, 2)).toBe(0);
      expect(driver.status & NEEDS_RESET).toBe(NEEDS_RESET);
    }
  });

  test("a size that is no power of two", () => {
    expect(place(0, 0x1000n, 24).block.problem).toContain("a split ring of 24 entries");
  });

  test("a legacy page beyond memory", () => {
    const { driver, block } = createBlockRig({ driver: { interface: "legacy" } });
    for (const page of [0x1ff, 0xfffff, 0xffffffff]) {
      driver.reset();
      driver.setLegacy(0x08, page, 4);
      expect(block.problem).toContain("a queue outside of memory");
      expect(driver.status & NEEDS_RESET).toBe(0);
    }
  });
});

test("a chain of more than 4 GiB", () => {
  const memory = new ArrayMemory(8 << 20);
  const ring = SplitRing.create(memory, { size: 1, descriptors: 0, driver: 0x100, device: 0x200 }, { indirect: true, eventIndex: false });
  if (ring instanceof RingFault) throw new Error(ring.problem);
  memory.view.setUint16(0x102, 1, true);
  describeAt(memory.view, 0, 0x1000, 1000 * 16, INDIRECT, 0);
  for (let i = 0; i < 1000; i++) describeAt(memory.view, 0x1000 + 16 * i, 0, 8 << 20, 1, i + 1);
  expect(ring.take()).toEqual(new RingFault("a chain of more than 4 GiB"));
});

test("queues that lie over each other are their driver's trouble only", () => {
  for (const packed of [false, true]) {
    const rig = createBlockRig({ device: { queueSize: SIZE, queues: 2 }, environment: { packed } });
    const { driver, scheduler, disk } = rig;
    driver.initialize(ALL_FEATURES, [SIZE]);
    const { place } = driver.queues[0]!;
    driver.setCommon(0x16, 1, 2);
    [place.descriptors, place.descriptors, place.driver].forEach((address, area) => {
      driver.setCommon(0x20 + 8 * area, address, 4);
    });
    driver.setCommon(0x1c, 1, 2);
    for (let i = 0; i < 10; i++) {
      rig.requests.send(IN, i, 512);
      driver.kick(0);
      driver.kick(1);
      scheduler.advance(10_000);
    }
    expect(disk.requests.length).toBeLessThan(10 * 2 * SIZE);
    driver.initialize(ALL_FEATURES, [SIZE, SIZE]);
    expect(perform(rig, IN, 0, 512, { queue: 1 }).status).toBe(OK);
  }
});

test("features that were not offered, or without VERSION_1, do not stick", () => {
  const { driver } = createBlockRig();
  for (const features of [0n, 1n << 33n, (1n << 32n) | (1n << 33n), (1n << 32n) | (1n << 34n)]) {
    driver.reset();
    driver.status = 3;
    for (const word of [0, 1]) {
      driver.setCommon(8, word, 4);
      driver.setCommon(0xc, Number((features >> BigInt(32 * word)) & 0xffffffffn), 4);
    }
    driver.status = 11;
    expect(driver.status).toBe(3);
  }
});

/** Numbers that a careful device gets right and others do not. */
const edge = fc.constantFrom(0, 1, 2, 15, 16, 17, 512, 0x0fff, 0x1000, 0x1ffff0, 0x1fffff, 0x200000, 0x7fffffff, 0x80000000, 0xffffffff);
const word = fc.oneof(edge, fc.nat(0xffffffff));
const half = fc.oneof(fc.nat(20), fc.constantFrom(0x7fff, 0x8000, 0xffff), fc.nat(0xffff));
/** A register written, in a width of choice. */
const access = <K extends string>(kind: K, last: number) =>
  fc
    .tuple(fc.nat(last), word, fc.constantFrom<AccessSize>(1, 2, 4))
    .map(([at, value, size]) => ({ kind, at, value: value % 2 ** (8 * size), size }));
const act = fc.oneof(
  access("common", 0x3f),
  access("legacy", 0x7f),
  access("device", 0x7f),
  access("config", 0xff),
  fc.record({ kind: fc.constant("ring" as const), at: half, value: half }),
  fc.record({ kind: fc.constant("descriptor" as const), index: fc.nat(17), address: word, length: word, third: half, fourth: half }),
  fc.record({ kind: fc.constant("available" as const), more: fc.nat(20) }),
  fc.record({ kind: fc.constant("kick" as const), queue: fc.nat(3) }),
  fc.record({ kind: fc.constant("time" as const), nanoseconds: fc.nat(20_000) }),
  fc.record({ kind: fc.constant("start" as const), features: fc.bigInt({ min: 0n, max: ALL_FEATURES }) }),
);

test("random wrongs: nothing throws, no access leaves memory, little work for each kick, and a reset repairs", { timeout: 60_000 }, () => {
  const rigs = [false, true].map((packed) => createFuzzRig(packed));
  const copies = [false, true].map((packed) => createFuzzRig(packed));
  fc.assert(
    fc.property(fc.boolean(), fc.array(act, { maxLength: 80 }), (packed, acts) => {
      const rig = rigs[Number(packed)]!;
      const { driver, ram, scheduler, counter } = rig;
      ram.fill(0);
      rig.restart();
      let { place } = driver.queues[0]!;
      const release = driver.memory.mark();
      for (const step of acts) {
        counter.accesses = 0;
        if (step.kind === "common") driver.setCommon(step.at, step.value, step.size);
        else if (step.kind === "legacy") driver.setLegacy(step.at, step.value, step.size);
        else if (step.kind === "device") driver.setDevice(step.at, step.value, step.size);
        else if (step.kind === "config") driver.setConfig(step.at, step.value, step.size);
        else if (step.kind === "ring") driver.memory.view.setUint16(place.descriptors + (step.at & 0x3fe), step.value, true);
        else if (step.kind === "descriptor")
          describeAt(driver.memory.view, place.descriptors + 16 * step.index, step.address, step.length, step.third, step.fourth);
        else if (step.kind === "available")
          driver.memory.view.setUint16(place.driver + 2, driver.memory.view.getUint16(place.driver + 2, true) + step.more, true);
        else if (step.kind === "kick") driver.kick(step.queue);
        else if (step.kind === "time") scheduler.advance(step.nanoseconds);
        else {
          release();
          rig.pci.writeConfig(4, 7, 2);
          try {
            driver.initialize(step.features, [SIZE, SIZE]);
            place = driver.queues[0]!.place;
          } catch {
            // Its BARs are somewhere else, or it refuses.
          }
        }
        // Per kick: two rings' entries, each a chain of at most 1,024 descriptors, most of them read in one piece.
        expect(counter.accesses).toBeLessThan(2 * SIZE * 1100);
      }
      scheduler.advance(1_000_000);
      const again = copies[Number(packed)]!;
      again.ram.set(ram);
      again.scheduler.advanceTo(scheduler.now());
      again.pci.load(rig.pci.save());
      expect(again.pci.save()).toEqual(rig.pci.save());
      again.restart();
      expect(perform(again, IN, 0, 512).status).toBe(OK);
    }),
    { numRuns: 150 },
  );
});

/** A device whose accesses to memory are checked and counted. */
function createFuzzRig(packed: boolean) {
  const rig = createBlockRig({ environment: { packed }, device: { queueSize: SIZE, queues: 2 } });
  const { driver, board, ram, pci } = rig;
  const counter = { accesses: 0 };
  const { guestMemory } = board.options;
  const { read, write } = guestMemory;
  const check = (address: number, length: number) => {
    counter.accesses++;
    if (!(address >= 0 && address + length <= ram.length)) throw new RangeError(`${length} bytes at ${address}`);
  };
  guestMemory.read = (address, length) => {
    check(address, length);
    return read(address, length);
  };
  guestMemory.write = (address, bytes) => {
    check(address, bytes.length);
    write(address, bytes);
  };
  const places = [
    [0x10, 0xc000],
    [0x14, 0xe0000000],
    [0x20, 0xe0010000],
    [4, 7],
  ] as const;
  const release = driver.memory.mark();
  /** Power-on, and a driver that starts from nothing. */
  const restart = () => {
    pci.reset();
    for (const [at, value] of places) pci.writeConfig(at, value, 4);
    release();
    driver.initialize(ALL_FEATURES, [SIZE, SIZE]);
  };
  return { ...rig, counter, restart };
}
