import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DiskRequest } from "../block/disk.js";
import { expectDamageRefused, transplant } from "../testing/round-trip.js";
import {
  ALL_FEATURES,
  createBlockRig,
  DISCARD,
  FLUSH,
  GET_ID,
  IN,
  IOERR,
  OK,
  OUT,
  pattern,
  perform,
  type RigOptions,
  ranges,
  UNSUPPORTED,
  WRITE_ZEROES,
} from "./testing/block-rig.js";
import type { Interface } from "./testing/mock-driver.js";

const RO = 1n << 5n;
const F_FLUSH = 1n << 9n;
const CONFIG_WCE = 1n << 11n;

/** Every way that a driver can take. */
const WAYS: readonly (readonly [name: string, options: RigOptions])[] = (["legacy", "modern", "window"] as Interface[]).flatMap((kind) =>
  [false, true].flatMap((msix) => [
    [`split, ${kind}${msix ? ", MSI-X" : ""}`, { driver: { interface: kind, msix } }] as const,
    ...(kind === "legacy"
      ? []
      : [[`packed, ${kind}${msix ? ", MSI-X" : ""}`, { driver: { interface: kind, msix }, environment: { packed: true } }] as const]),
  ]),
);

/** Vitest takes long to say of large arrays that they are the same. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function started(options: RigOptions = {}, features = ALL_FEATURES) {
  const rig = createBlockRig(options);
  rig.driver.initialize(features, new Array(options.device?.queues ?? 1).fill(options.device?.queueSize ?? 256));
  return rig;
}

describe.each(WAYS)("a block device (%s)", (_name, options) => {
  test("reads, writes, flushes, discards, writes zeros and says its name", () => {
    const rig = started(options);
    const original = rig.disk.bytes.slice();
    expect(perform(rig, IN, 3, 1024)).toMatchObject({ status: OK, data: original.slice(1536, 2560), written: 1025 });
    const written = pattern(1536, 9);
    expect(perform(rig, OUT, 10, written, { pieces: 3 })).toMatchObject({ status: OK, written: 1 });
    expect(rig.disk.bytes.slice(5120, 6656)).toEqual(written);
    expect(perform(rig, IN, 10, 1536, { pieces: 5, indirect: true })).toMatchObject({ status: OK, data: written });
    expect(perform(rig, FLUSH, 0, 0).status).toBe(OK);
    expect(rig.disk.requests.at(-1)).toEqual({ kind: "flush" });
    expect(String.fromCharCode(...perform(rig, GET_ID, 0, 20).data)).toBe("a serial number\0\0\0\0\0");
    expect(perform(rig, DISCARD, 0, ranges([4, 2], [20, 1])).status).toBe(OK);
    expect(rig.disk.requests.slice(-2)).toEqual([
      { kind: "discard", at: 2048, length: 1024 },
      { kind: "discard", at: 10240, length: 512 },
    ]);
    expect(perform(rig, WRITE_ZEROES, 0, ranges([8, 1, 1])).status).toBe(OK);
    expect(rig.disk.requests.at(-1)).toEqual({ kind: "zero", at: 4096, length: 512, unmap: true });
    expect(rig.disk.bytes.slice(4096, 4608)).toEqual(new Uint8Array(512));
  });

  test("interrupts when the driver wants to know, with its vector or its pin", () => {
    const rig = started(options);
    const { driver, board, requests, scheduler } = rig;
    if (options.driver?.msix) board.localApic.setVirtualWire();
    requests.send(IN, 0, 512);
    driver.kickIfWanted(0);
    expect(driver.takeIsr()).toBe(0);
    scheduler.advance(5000);
    if (options.driver?.msix) {
      expect(driver.takeIsr()).toBe(0);
      expect(board.acknowledge()).toBe(0x41);
    } else {
      expect(rig.config(3, 0, 4) & (1 << 19)).not.toBe(0);
      expect(driver.takeIsr()).toBe(1);
      expect(rig.config(3, 0, 4) & (1 << 19)).toBe(0);
    }
    requests.collect();
    driver.queues[0]!.setInterrupts(false);
    requests.send(IN, 0, 512);
    driver.kickIfWanted(0);
    scheduler.advance(5000);
    expect(requests.collect()).toHaveLength(1);
    expect(driver.takeIsr()).toBe(0);
    if (options.driver?.msix) expect(rig.intr.level).toBe(false);
  });

  test("refuses what is not on the disk, not whole, too much, or unknown, and goes on", () => {
    const rig = started(options);
    expect(perform(rig, IN, 63, 1024)).toMatchObject({ status: IOERR, written: 0 });
    expect(perform(rig, IN, 2 ** 55, 512).status).toBe(IOERR);
    expect(perform(rig, OUT, 64, new Uint8Array(512)).status).toBe(IOERR);
    expect(perform(rig, OUT, 0, new Uint8Array(100)).status).toBe(IOERR);
    expect(perform(rig, DISCARD, 0, ranges([0, 65])).status).toBe(IOERR);
    expect(perform(rig, DISCARD, 0, ranges([0, 1, 1])).status).toBe(UNSUPPORTED);
    expect(perform(rig, DISCARD, 0, new Uint8Array(15)).status).toBe(IOERR);
    expect(perform(rig, WRITE_ZEROES, 0, ranges([0, 1, 2])).status).toBe(UNSUPPORTED);
    expect(perform(rig, WRITE_ZEROES, 0, ranges(...new Array(17).fill([0, 1]))).status).toBe(IOERR);
    expect(perform(rig, 2, 0, 512).status).toBe(UNSUPPORTED);
    expect(rig.disk.requests).toEqual([]);
    expect(perform(rig, IN, 0, 512).status).toBe(OK);
  });

  test("a reset takes back what is under way: nothing is written to memory afterwards", () => {
    const rig = started(options);
    const { driver, requests, scheduler } = rig;
    for (let i = 0; i < 8; i++) requests.send(IN, i, 512);
    driver.kickIfWanted(0);
    driver.reset();
    const before = rig.ram.slice();
    scheduler.advance(1_000_000);
    expect(equal(rig.ram, before)).toBe(true);
    driver.initialize(ALL_FEATURES, [256]);
    expect(perform(rig, IN, 1, 512)).toMatchObject({ status: OK, data: rig.disk.bytes.slice(512, 1024) });
  });

  test("a copy that takes the record goes on where the original was", () => {
    const durations = { duration: (request: DiskRequest) => ("at" in request ? 100_000 - request.at : 0) };
    const rig = started({ ...options, disk: durations });
    for (let i = 0; i < 20; i++) rig.requests.send(IN, i, 512);
    rig.requests.send(2, 0, 512);
    rig.driver.kickIfWanted(0);
    rig.scheduler.advance(95_000);
    const done = rig.requests.collect().length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(21);
    const copy = createBlockRig({ ...options, content: rig.disk.bytes, disk: durations });
    copy.scheduler.advanceTo(rig.scheduler.now());
    copy.ram.set(rig.ram);
    transplant(rig.pci, copy.pci);
    expect(copy.board.localApic).toBeDefined();
    for (const { scheduler } of [rig, copy]) scheduler.advance(100_000);
    expect(equal(copy.ram, rig.ram)).toBe(true);
    expect(rig.requests.collect()).toHaveLength(21 - done);
    expect(copy.pci.save()).toEqual(rig.pci.save());
  });
});

test.each(["legacy", "modern"] as const)("without bus mastering there is no access to memory (%s)", (kind) => {
  const rig = createBlockRig({ driver: { interface: kind } });
  const { driver, pci, requests, scheduler, ram, disk } = rig;
  driver.setConfig(4, 3, 2);
  driver.initialize(ALL_FEATURES, [256]);
  requests.send(IN, 0, 512);
  driver.kick(0);
  expect(disk.requests).toEqual([]);
  driver.setConfig(4, 7, 2);
  driver.kick(0);
  expect(disk.requests).toHaveLength(1);
  driver.setConfig(4, 3, 2);
  const before = ram.slice();
  scheduler.advance(1_000_000);
  expect(equal(ram, before)).toBe(true);
  expect(pci.device.problem).toContain("may not access memory");
  driver.setConfig(4, 7, 2);
  driver.initialize(ALL_FEATURES, [256]);
  expect(perform(rig, IN, 0, 512).status).toBe(OK);
});

test("damaged records are refused", () => {
  const rig = started({ environment: { packed: true } });
  for (let i = 0; i < 3; i++) rig.requests.send(IN, i, 512);
  rig.driver.kickIfWanted(0);
  expectDamageRefused(rig.block);
  expectDamageRefused(rig.pci);
});

describe("what a block device says of itself", () => {
  test.each([
    ["transitional", true, 0x10011af4, 0x00021af4],
    ["modern", false, 0x10421af4, 0x11001af4],
  ] as const)("IDs of a %s device", (_name, transitional, id, subsystem) => {
    const { config } = createBlockRig({ transitional });
    expect(config(3, 0, 0)).toBe(id);
    expect(config(3, 0, 0x2c)).toBe(subsystem);
    expect(config(3, 0, 8)).toBe(transitional ? 0x01000000 : 0x01000001);
  });

  test.each(["legacy", "modern", "window"] as const)("configuration (%s)", (kind) => {
    const { driver } = started({ driver: { interface: kind }, device: { queues: 4, physicalBlock: 4096 }, sectors: 200 });
    expect([driver.device(0, 4), driver.device(4, 4), driver.device(12, 4), driver.device(20, 4)]).toEqual([200, 0, 254, 512]);
    expect([driver.device(24, 1), driver.device(25, 1), driver.device(26, 2)]).toEqual([3, 0, 8]);
    expect([driver.device(32, 1), driver.device(34, 2)]).toEqual([1, 4]);
    expect([driver.device(36, 4), driver.device(40, 4), driver.device(44, 4)]).toEqual([0x3fffff, 16, 1]);
    expect([driver.device(48, 4), driver.device(52, 4), driver.device(56, 1)]).toEqual([0x3fffff, 16, 1]);
    driver.setDevice(32, 0, 1);
    driver.setDevice(0, 5, 4);
    expect([driver.device(32, 1), driver.device(0, 4)]).toEqual([0, 200]);
  });

  test("a disk that can not be written says so, and refuses writes", () => {
    const rig = started({ disk: { readOnly: true } });
    expect(rig.driver.features & RO).toBe(RO);
    expect(perform(rig, OUT, 0, new Uint8Array(512)).status).toBe(IOERR);
    expect(perform(rig, DISCARD, 0, ranges([0, 1])).status).toBe(IOERR);
    expect(rig.disk.requests).toEqual([]);
  });

  test("an error of the disk is told", () => {
    const rig = started({ disk: { outcome: ({ kind }) => (kind === "flush" ? "no-space" : "io-error") } });
    expect([perform(rig, IN, 0, 512), perform(rig, FLUSH, 0, 0)]).toMatchObject([{ status: IOERR, written: 0 }, { status: IOERR }]);
  });
});

describe("when writes are safe", () => {
  const kinds = (rig: ReturnType<typeof started>) => rig.disk.requests.map(({ kind }) => kind);

  test("a driver that knows no flush gets safe writes", () => {
    const rig = started({}, ALL_FEATURES & ~F_FLUSH & ~CONFIG_WCE);
    perform(rig, OUT, 0, new Uint8Array(512));
    perform(rig, WRITE_ZEROES, 0, ranges([0, 1], [5, 1]));
    expect(kinds(rig)).toEqual(["write", "flush", "zero", "zero", "flush"]);
  });

  test("the write-back switch decides where there is one, and is on again after a reset", () => {
    const rig = started();
    perform(rig, OUT, 0, new Uint8Array(512));
    rig.driver.setDevice(32, 0, 1);
    perform(rig, OUT, 0, new Uint8Array(512));
    expect(kinds(rig)).toEqual(["write", "write", "flush"]);
    rig.driver.reset();
    expect(rig.driver.device(32, 1)).toBe(1);
  });

  test("nothing is flushed where the disk has no cache", () => {
    const rig = started({ disk: { writeCache: false } }, ALL_FEATURES & ~F_FLUSH);
    expect(rig.driver.device(32, 1)).toBe(0);
    perform(rig, OUT, 0, new Uint8Array(512));
    expect(kinds(rig)).toEqual(["write"]);
  });
});

describe("several requests", () => {
  test("large ones go to the disk in pieces", () => {
    const rig = started({ sectors: 2600 });
    expect(perform(rig, IN, 1000, 1_199_616).status).toBe(IOERR);
    const { data, status, written } = perform(rig, IN, 100, 1_199_616, { pieces: 40 });
    expect([status, written]).toEqual([OK, 1_199_617]);
    expect(equal(data, rig.disk.bytes.subarray(51_200, 51_200 + 1_199_616))).toBe(true);
    expect(rig.disk.requests.map((request) => "bytes" in request && request.bytes.length)).toEqual([524_288, 524_288, 151_040]);
  });

  const EVENT_IDX = 1n << 29n;
  const kinds = [false, true].flatMap((packed) => [false, true].map((eventIndex) => ({ packed, eventIndex })));
  test.each(kinds)("however many are made available, few are at the disk at once, and all are done ($packed, $eventIndex)", (kind) => {
    const rig = started(
      { device: { queues: 4 }, environment: { packed: kind.packed } },
      kind.eventIndex ? ALL_FEATURES : ALL_FEATURES & ~EVENT_IDX,
    );
    for (let queue = 0; queue < 4; queue++) {
      for (let i = 0; i < 80; i++) rig.requests.send(IN, i % 64, 512, { queue, indirect: true });
      rig.driver.kickIfWanted(queue);
    }
    rig.scheduler.advance(1_000_000);
    expect(rig.disk.mostUnderWay).toBe(64);
    expect([0, 1, 2, 3].map((queue) => rig.requests.collect(queue).length)).toEqual([80, 80, 80, 80]);
    // And it wants to hear of the next.
    expect(perform(rig, IN, 0, 512, { queue: 2 }).status).toBe(OK);
  });

  test.each([false, true])("with in-order use they come back in order, whatever the disk does (packed: %s)", (packed) => {
    const rig = started({
      environment: { packed, inOrder: true },
      disk: { duration: (request) => ("at" in request ? 90_000 - request.at : 0) },
    });
    const sent = Array.from({ length: 40 }, (_, i) => rig.requests.send(IN, i, 512, { indirect: i % 3 === 0 }));
    rig.driver.kickIfWanted(0);
    rig.scheduler.advance(60_000);
    expect(rig.requests.collect()).toEqual([]);
    rig.scheduler.advance(60_000);
    const replies = rig.requests.collect();
    expect(replies.map(({ id }) => id)).toEqual(sent);
    expect(replies.every(({ data }, i) => equal(data, rig.disk.bytes.subarray(512 * i, 512 * i + 512)))).toBe(true);
  });
});

describe("random work", () => {
  const step = fc.record({
    write: fc.boolean(),
    sector: fc.nat(60),
    sectors: fc.integer({ min: 1, max: 4 }),
    pieces: fc.integer({ min: 1, max: 6 }),
    indirect: fc.boolean(),
    queue: fc.nat(1),
    seed: fc.nat(255),
    wait: fc.nat(3000),
    interrupts: fc.boolean(),
  });
  const setting = fc.record({
    kind: fc.constantFrom<Interface>("legacy", "modern", "window"),
    packed: fc.boolean(),
    inOrder: fc.boolean(),
    msix: fc.boolean(),
    size: fc.constantFrom(4, 8, 16, 64),
    features: fc.bigInt({ min: 0n, max: ALL_FEATURES }),
    steps: fc.array(step, { maxLength: 60 }),
  });

  test("a disk is what was written to it, over every kind of ring, however it is driven", () => {
    fc.assert(
      fc.property(setting, ({ kind, packed, inOrder, msix, size, features, steps }) => {
        const indirectFeature = 1n << 28n;
        const rig = started(
          {
            driver: { interface: kind, msix },
            environment: { packed, inOrder },
            device: { queues: 2, queueSize: size },
            disk: { duration: (request) => ("at" in request ? (request.at * 37) % 5000 : 1) },
          },
          features | indirectFeature,
        );
        const { driver, requests, scheduler, disk } = rig;
        const model = disk.bytes.slice();
        const expected = new Map<string, { data: Uint8Array; from: number; to: number }>();
        const collect = () => {
          for (const queue of [0, 1])
            for (const { id, status, data } of requests.collect(queue)) {
              expect(status).toBe(OK);
              expect(data).toEqual(expected.get(`${queue} ${id}`)!.data);
              expected.delete(`${queue} ${id}`);
            }
        };
        const settle = () => {
          for (const queue of [0, 1]) driver.kickIfWanted(queue);
          scheduler.advance(100_000);
          collect();
        };
        for (const { write, sector, sectors, pieces, indirect, queue, seed, wait, interrupts } of steps) {
          const [from, to] = [sector * 512, (sector + sectors) * 512];
          // The memory disk of tests keeps no order among requests that overlap.
          if ([...expected.values()].some((other) => other.from < to && from < other.to)) settle();
          const content = pattern(to - from, seed);
          const send = () =>
            requests.send(write ? OUT : IN, sector, write ? content : to - from, { queue, pieces: Math.min(pieces, size - 2), indirect });
          let id = send();
          if (id === undefined) {
            settle();
            id = send();
          }
          if (write) model.set(content, from);
          expected.set(`${queue} ${id}`, { data: write ? new Uint8Array(0) : model.slice(from, to), from, to });
          if (wait % 3 > 0) driver.kickIfWanted(queue);
          scheduler.advance(wait);
          collect();
          driver.queues[queue]!.setInterrupts(interrupts);
        }
        settle();
        expect(rig.block.problem).toBe("");
        expect(expected.size).toBe(0);
        expect(equal(disk.bytes, model)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
