// A driver of the network card that says what is not so: the card drops it or needs a reset, and its host is not harmed, nor busy for long.
import fc from "fast-check";
import { expect, test } from "vitest";
import { ipFrame } from "../testing/nic-rig.js";
import { expectSame } from "../testing/round-trip.js";
import { CARD, CTRL_VQ, createNetRig, EVERYTHING, PEER, plainFrame, type SentHeader } from "./testing/net-rig.js";

const SIZE = 16;
const PAIRS = 2;
const CONTROL = 2 * PAIRS;
const NEEDS_RESET = 0x40;
/** Frames that one packet may become, and those that a burst may go too far by. */
const FRAMES_MOST = 4096 + 2 ** 20 / 256;

const half = fc.oneof(fc.constantFrom(0, 1, 6, 8, 14, 16, 34, 40, 54, 60, 1400, 1460, 0x7fff, 0xfffe, 0xffff), fc.nat(0xffff));
const byte = fc.nat(0xff);
const header: fc.Arbitrary<Required<SentHeader>> = fc.record({
  flags: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: byte }),
  gsoType: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1, 3, 4, 5, 0x81, 0x84) }, { weight: 1, arbitrary: byte }),
  headerLength: half,
  gsoSize: half,
  checksumStart: half,
  checksumOffset: half,
});
/** Packets of TCP and UDP over IPv4, in which a few bytes are changed, cut short. */
const packet = fc
  .record({
    protocol: fc.constantFrom<(6 | 17)[]>(6, 17),
    payload: fc.oneof(
      { weight: 5, arbitrary: fc.nat(100) },
      { weight: 3, arbitrary: fc.nat(3000) },
      { weight: 1, arbitrary: fc.constant(65_000) },
    ),
    isIpv6: fc.boolean(),
    changes: fc.array(fc.tuple(fc.nat(60), byte), { maxLength: 4 }),
    cut: fc.oneof({ weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, { weight: 1, arbitrary: fc.nat(80) }),
  })
  .map(({ protocol, payload, isIpv6, changes, cut }) => {
    const bytes = ipFrame({ protocol, payload });
    if (isIpv6) bytes.set([0x86, 0xdd, 0x60], 12);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes.slice(0, Math.min(cut, bytes.length));
  });
const command = fc.tuple(
  fc.oneof({ weight: 4, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: byte }),
  fc.oneof({ weight: 4, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: byte }),
  fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.uint8Array({ maxLength: 400 }),
    fc
      .tuple(fc.nat(3), fc.nat(3))
      .map(([a, b]) => Uint8Array.from([a, 0, 0, 0, ...new Uint8Array(6 * a), b, 0, 0, 0, ...new Uint8Array(6 * b)])),
  ),
);
const chain = fc.array(fc.record({ length: fc.oneof(fc.nat(20), fc.nat(0xffff), fc.nat(0x200000)), writable: fc.boolean() }), {
  minLength: 1,
  maxLength: 5,
});
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("send" as const), packet, header, pair: fc.nat(PAIRS - 1) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("command" as const), command }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("chain" as const), queue: fc.nat(CONTROL), chain, indirect: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("post" as const),
      pair: fc.nat(PAIRS - 1),
      pieces: fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("arrive" as const), packet }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("link" as const), up: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("write" as const), at: fc.nat(20), value: byte }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("start" as const), features: fc.bigInt({ min: 0n, max: EVERYTHING }) }) },
);

type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

test.each([
  { packed: false, legacy: false },
  { packed: true, legacy: false },
  { packed: false, legacy: true },
])("wrong headers, commands and chains at random (packed: $packed, legacy: $legacy)", { timeout: 120_000 }, ({ packed, legacy }) => {
  const create = () =>
    createNetRig({ card: { pairs: PAIRS, packed, queueSize: SIZE }, size: SIZE, driver: { interface: legacy ? "legacy" : "modern" } });
  const rig = create();
  const copy = create();
  const { driver, packets, card, cable, sent, scheduler, ram } = rig;
  let [framesSent, framesReceived, wasBroken] = [0, 0, 0];
  const release = driver.memory.mark();
  const restart = (features: bigint) => {
    release();
    rig.start(features | ((3n << 32n) & EVERYTHING));
  };
  const step = (one: Act) => {
    if (!driver.queues.every(({ free }) => free > 6)) restart(EVERYTHING);
    const control = driver.queues.length - 1;
    const hasPairs = control > 2;
    switch (one.kind) {
      case "send":
        return packets.send(one.packet, one.header, { queue: hasPairs ? 2 * one.pair + 1 : 1 });
      case "command": {
        driver.queues[control]!.collect();
        const isHeard = card.problem === "" && (driver.features & CTRL_VQ) !== 0n;
        if (isHeard) expect([0, 1]).toContain(packets.command(...one.command, control));
        return;
      }
      case "chain": {
        // Below the driver's own memory; what can be read may reach into it, and beyond all memory.
        const buffers = one.chain.map(({ length, writable }) => ({
          address: 0x1000,
          length: writable ? length & 0x7fff : length,
          writable,
        }));
        driver.send(Math.min(one.queue, control), buffers, one.indirect);
        return;
      }
      case "post":
        return packets.post(hasPairs ? 2 * one.pair : 0, 1, ...one.pieces);
      case "arrive":
        return cable.ends[1].send(one.packet);
      case "link":
        return cable.setLink(one.up);
      case "write":
        return driver.setDevice(one.at, one.value, 1);
      case "start":
        return restart(one.features);
    }
  };
  fc.assert(
    fc.property(fc.array(act, { minLength: 10, maxLength: 40 }), (acts) => {
      restart(EVERYTHING);
      for (const one of acts) {
        sent.length = 0;
        step(one);
        scheduler.advance(1);
        expect(sent.length).toBeLessThan(FRAMES_MOST);
        for (const frame of sent) expect(frame.length >= 14 && frame.length <= 65_549).toBe(true);
        framesSent += sent.length;
        if (card.problem !== "") wasBroken++;
      }
      framesReceived += driver.queues[0]!.collect().length;
      cable.setLink(true);
      copy.cable.setLink(true);
      copy.ram.set(ram);
      copy.scheduler.advanceTo(scheduler.now());
      copy.pci.load(rig.pci.save());
      expectSame(copy.pci.save(), rig.pci.save());
      restart(EVERYTHING);
      scheduler.advance(1e7);
      sent.length = 0;
      expect(driver.status & NEEDS_RESET).toBe(0);
      packets.post(0, 1, 200);
      packets.send(plainFrame(PEER, CARD));
      rig.receive(plainFrame(CARD, PEER));
      expect([sent, packets.received().map(({ frame }) => frame)]).toEqual([[plainFrame(PEER, CARD)], [plainFrame(CARD, PEER)]]);
    }),
    { numRuns: 40 },
  );
  // It was not all refused, and not all taken.
  expect(Math.min(framesSent, framesReceived, wasBroken)).toBeGreaterThan(0);
});

test("a packet that would become too many frames becomes none", () => {
  const { packets, sent, scheduler } = createNetRig();
  const bytes = ipFrame({ protocol: 6, payload: 60_000 });
  const cut = (gsoSize: number) => {
    sent.length = 0;
    packets.send(bytes, { flags: 1, gsoType: 1, gsoSize, checksumStart: 34, checksumOffset: 16 });
    scheduler.advance(1e7);
    return sent.length;
  };
  expect([0, 1, 14, 15, 20_000].map(cut)).toEqual([0, 0, 0, 4000, 3]);
});

test.each<[string, SentHeader]>([
  ["a checksum beyond the packet", { flags: 1, checksumStart: 34, checksumOffset: 0xffff }],
  ["a checksum whose place is half beyond it", { flags: 1, checksumStart: 133, checksumOffset: 0 }],
  ["segments without a checksum to complete", { flags: 0, gsoType: 1, gsoSize: 20, checksumStart: 34, checksumOffset: 16 }],
  ["a transport header that is not where the IP header ends", { flags: 1, gsoType: 1, gsoSize: 20, checksumStart: 38, checksumOffset: 16 }],
  ["IPv6 that is IPv4", { flags: 1, gsoType: 4, gsoSize: 20, checksumStart: 34, checksumOffset: 16 }],
  ["UDP that is TCP", { flags: 1, gsoType: 5, gsoSize: 20, checksumStart: 34, checksumOffset: 6 }],
  ["fragments of TCP", { flags: 1, gsoType: 3, gsoSize: 20, checksumStart: 34, checksumOffset: 6 }],
  ["no kind of segments", { flags: 1, gsoType: 2, gsoSize: 20, checksumStart: 34, checksumOffset: 16 }],
])("%s: dropped", (_, header) => {
  const { packets, sent, card } = createNetRig();
  packets.send(ipFrame({ protocol: 6, payload: 80 }), header);
  expect([sent, card.problem]).toEqual([[], ""]);
});

test("offloads that were not negotiated are not done", () => {
  const { packets, sent } = createNetRig({ features: 0n });
  packets.send(ipFrame({ protocol: 6, payload: 80 }), { flags: 1, checksumStart: 34, checksumOffset: 16 });
  expect(sent).toEqual([]);
  const summing = createNetRig({ features: 1n });
  summing.packets.send(ipFrame({ protocol: 6, payload: 80 }), { flags: 1, gsoType: 1, gsoSize: 20, checksumStart: 34, checksumOffset: 16 });
  expect(summing.sent).toEqual([]);
});
