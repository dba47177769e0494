import { describe, expect, test } from "vitest";
import { fillIpChecksum, fillTransportChecksum, parseIp } from "../net/checksum.js";
import type { Frame } from "../net/wire.js";
import { ipFrame } from "../testing/nic-rig.js";
import { expectDamageRefused, transplant } from "../testing/round-trip.js";
import { BROADCAST, CARD, createNetRig, EVERYTHING, MRG_RXBUF, type NetRigOptions, PEER, plainFrame } from "./testing/net-rig.js";

const CTRL_VQ = 1n << 17n;
const CTRL_RX_EXTRA = 1n << 20n;
const CTRL_VLAN = 1n << 19n;
const MQ = 1n << 22n;
const STATUS = 1n << 16n;
const OK = 0;
const ERR = 1;
const RX = 0;
const MAC = 1;
const VLAN = 2;
const ANNOUNCE = 3;
const PAIRS = 4;
const OFFLOADS = 5;

const WAYS: readonly (NetRigOptions & { readonly name: string })[] = [
  { name: "modern, split", card: { transitional: false } },
  { name: "modern, packed, MSI-X", card: { packed: true }, driver: { interface: "modern", msix: true } },
  { name: "modern, packed, in order", card: { packed: true, inOrder: true } },
  { name: "modern, one buffer a frame", features: EVERYTHING & ~MRG_RXBUF },
  { name: "legacy", driver: { interface: "legacy" } },
  { name: "legacy, header of 10 bytes", driver: { interface: "legacy" }, features: EVERYTHING & ~MRG_RXBUF },
  { name: "nothing but VERSION_1", features: 0n },
  { name: "legacy, nothing at all", driver: { interface: "legacy" }, features: 0n },
];

const toCard = (length = 100, seed = 1) => plainFrame(CARD, PEER, length, seed);
const toPeer = (length = 100, seed = 1) => plainFrame(PEER, CARD, length, seed);
const tagged = (frame: Frame, vlan: number) =>
  Uint8Array.from([...frame.subarray(0, 12), 0x81, 0, vlan >> 8, vlan & 0xff, ...frame.subarray(12)]);
const count = (value: number) => [value & 0xff, value >> 8, 0, 0];

describe.each(WAYS)("$name", (way) => {
  test("frames go both ways, in buffers of any layout", () => {
    const { packets, sent, receive, driver } = createNetRig(way);
    packets.post(0, 4, 1600);
    packets.post(0, 2, packets.headerLength, 1600);
    packets.post(0, 2, 4, 3, 1600);
    const frames = [14, 60, 99, 1000, 1514, 1500, 700, 61].map((length, seed) => toCard(length, seed));
    receive(...frames);
    const received = packets.received();
    expect(received.map(({ frame }) => frame)).toEqual(frames);
    for (const { flags, gsoType, gsoSize, buffers } of received) expect([flags, gsoType, gsoSize, buffers ?? 1]).toEqual([0, 0, 0, 1]);
    const layouts = [[packets.headerLength], [], [3, 9, 20], [packets.headerLength + 14, 1, 1, 1], [1000]];
    const out = layouts.map((_, seed) => toPeer(1000 + seed, seed));
    layouts.forEach((pieces, index) => {
      packets.send(out[index]!, {}, { pieces });
      if (driver.features & (1n << 28n)) packets.send(out[index]!, {}, { pieces, indirect: true });
    });
    expect(sent).toEqual(driver.features & (1n << 28n) ? out.flatMap((frame) => [frame, frame]) : out);
  });

  test("hundreds of frames, around the rings again and again", () => {
    const { packets, sent, receive, driver } = createNetRig(way);
    for (let i = 0; i < 150; i++) {
      const release = driver.memory.mark();
      packets.post(0, 1 + (i % 3), 1526);
      const frames = Array.from({ length: 1 + (i % 3) }, (_, n) => toCard(60 + 10 * n, i + n));
      receive(...frames);
      expect(packets.received().map(({ frame }) => frame)).toEqual(frames);
      packets.send(toPeer(60 + i, i), {}, i % 2 ? { pieces: [] } : {});
      release();
    }
    expect(sent).toHaveLength(150);
  });

  test("frames wait for buffers, and the driver is asked for them only then", () => {
    const { packets, receive } = createNetRig(way);
    const frames = Array.from({ length: 5 }, (_, seed) => toCard(500, seed));
    receive(...frames);
    expect(packets.received()).toEqual([]);
    packets.post(0, 2, 1600);
    expect(packets.received().map(({ frame }) => frame)).toEqual(frames.slice(0, 2));
    packets.post(0, 3, 1600);
    expect(packets.received().map(({ frame }) => frame)).toEqual(frames.slice(2));
  });

  test("what waits has bounds: 1,024 frames, a mebibyte", () => {
    const { packets, receive, card } = createNetRig(way);
    receive(...Array.from({ length: 1030 }, (_, seed) => toCard(60, seed)));
    packets.post(0, 1, 1600);
    expect(packets.received().map(({ frame }) => frame)).toEqual([toCard(60, 0)]);
    const [waiting] = card.save()["receivers"] as unknown as [{ lengths: number[] }];
    expect(waiting.lengths).toHaveLength(1023);
  });

  test("a copy that takes the record goes on where the original was", () => {
    const original = createNetRig(way);
    original.packets.post(0, 1, 1600);
    original.receive(toCard(80, 1), toCard(90, 2), toCard(100, 3));
    if (original.driver.features & CTRL_VQ) original.packets.command(RX, 0, [0]);
    const copy = createNetRig(way);
    copy.scheduler.advanceTo(original.scheduler.now());
    copy.ram.set(original.ram);
    transplant(original.pci, copy.pci);
    expectDamageRefused(original.card);
    for (const rig of [original, copy]) {
      rig.scheduler.advance(1000);
      rig.receive(toCard(110, 4));
      rig.driver.kick(0);
    }
    expect(copy.pci.save()).toEqual(original.pci.save());
  });
});

test("a card is QEMU's virtio-net-pci: 1af4:1000, or 1af4:1041 where it is modern only", () => {
  const config = (transitional: boolean) => createNetRig({ card: { transitional } }).config(3, 0, 0);
  expect([config(true), config(false)]).toEqual([0x10001af4, 0x10411af4]);
});

test("the configuration tells address, link, pairs, MTU, speed and duplex", () => {
  const { driver } = createNetRig({ card: { pairs: 4, mtu: 9000 } });
  expect(Array.from({ length: 6 }, (_, i) => driver.device(i, 1))).toEqual([...CARD]);
  expect([driver.device(6, 2), driver.device(8, 2), driver.device(10, 2), driver.device(12, 4), driver.device(16, 1)]).toEqual([
    1, 4, 9000, 10_000, 1,
  ]);
  const plain = createNetRig();
  expect([plain.driver.features & MQ, plain.driver.features & (1n << 3n)]).toEqual([0n, 0n]);
});

describe("buffers that are merged", () => {
  test("a frame lies in as many as it needs, all but the last of them full", () => {
    const { packets, receive } = createNetRig();
    packets.post(0, 8, 200);
    receive(toCard(1000));
    expect(packets.received()).toMatchObject([{ buffers: 6, frame: toCard(1000) }]);
  });

  test("while there are too few, the frame waits, and those taken are not lost by a save", () => {
    const { packets, receive, pci, driver, ram, scheduler } = createNetRig();
    packets.post(0, 3, 200);
    receive(toCard(1000));
    expect(packets.received()).toEqual([]);
    const record = pci.save();
    packets.post(0, 3, 200);
    expect(packets.received()).toMatchObject([{ buffers: 6, frame: toCard(1000) }]);
    const copy = createNetRig();
    copy.scheduler.advanceTo(scheduler.now());
    copy.ram.set(ram);
    copy.pci.load(record);
    copy.scheduler.advance(1);
    copy.driver.kick(0);
    expect(copy.card.problem).toBe("");
    expect(copy.ram.every((byte, at) => byte === ram[at])).toBe(true);
    expect(driver.status & 0x40).toBe(0);
  });

  test("without them, a frame that does not fit into a buffer is lost, and the next gets the buffer", () => {
    const { packets, receive } = createNetRig({ features: EVERYTHING & ~MRG_RXBUF });
    packets.post(0, 1, 500);
    receive(toCard(1000), toCard(400));
    expect(packets.received()).toMatchObject([{ buffers: 1, frame: toCard(400) }]);
  });

  test("one without room for the header is against the rules", () => {
    const { packets, receive, card, driver } = createNetRig();
    packets.post(0, 1, 11);
    receive(toCard());
    expect(card.problem).toBe("queue 0: a buffer of 11 bytes, which has no room for a header");
    expect(driver.status & 0x40).toBe(0x40);
  });
});

describe("what is sent", () => {
  test("a packet without its header, or a command without room for its answer, is against the rules", () => {
    const short = createNetRig();
    short.driver.send(1, [{ address: 0x10000, length: 11, writable: false }]);
    expect(short.card.problem).toBe("queue 1: a packet without its header");
    for (const writable of [false, true]) {
      const { driver, card } = createNetRig();
      driver.send(2, [{ address: 0x10000, length: 8, writable }]);
      expect(card.problem).toBe("queue 2: a command without its header or room for the answer");
    }
  });

  test("no frame is shorter than its header, longer than frames are, or longer than the MTU that was told allows", () => {
    const rig = createNetRig();
    for (const length of [1, 13, 65_550]) rig.packets.send(new Uint8Array(length));
    expect(rig.sent).toEqual([]);
    rig.packets.send(toPeer(65_549));
    expect(rig.sent).toHaveLength(1);
    const small = createNetRig({ card: { mtu: 1400 } });
    for (const length of [1422, 1423]) small.packets.send(toPeer(length));
    expect(small.sent.map(({ length }) => length)).toEqual([1422]);
    small.packets.post(0, 2, 2000);
    small.receive(toCard(1423), toCard(1422));
    expect(small.packets.received().map(({ frame }) => frame.length)).toEqual([1422]);
  });

  test("after a mebibyte the guest goes on for a while, and the rest is sent then", () => {
    const { driver, sent, scheduler, card } = createNetRig({ size: 64 });
    const address = driver.memory.take(65_561);
    for (let i = 0; i < 40; i++) driver.queues[1]!.add([{ address, length: 65_561, writable: false }], false);
    driver.kick(1);
    expect(sent).toHaveLength(16);
    driver.kick(1);
    expect(sent).toHaveLength(16);
    expect(card.save()["rests"]).toEqual([838_861]);
    scheduler.advance(838_861);
    expect(sent).toHaveLength(32);
    scheduler.advance(1e7);
    expect(sent).toHaveLength(40);
  });

  test("a link that is down loses it", () => {
    const { packets, sent, cable } = createNetRig();
    cable.setLink(false);
    packets.send(toPeer());
    expect(sent).toEqual([]);
  });
});

describe("guest offloads", () => {
  const GUEST_CSUM = 1n << 1n;
  const NEEDS_CSUM = 1;
  const DATA_VALID = 2;

  /** TCP segments that follow each other, with right checksums. */
  function stream(count: number, size: number): Uint8Array[] {
    return Array.from({ length: count }, (_, index) => {
      const frame = ipFrame({ protocol: 6, payload: size, flags: 0x10 });
      new DataView(frame.buffer).setUint32(38, 1000 + index * size);
      const packet = parseIp(frame)!;
      fillIpChecksum(frame, packet);
      fillTransportChecksum(frame, packet);
      return frame;
    });
  }

  const offloads = (bits: number) => [bits & 0xff, bits >> 8, 0, 0, 0, 0, 0, 0];

  test("segments that come together are one large packet, in as many buffers as it needs", () => {
    const { packets, receive } = createNetRig();
    packets.post(0, 20, 300);
    const frames = stream(5, 1000);
    receive(...frames);
    const [large, ...more] = packets.received();
    expect(more).toEqual([]);
    expect(large).toMatchObject({
      flags: NEEDS_CSUM,
      gsoType: 1,
      gsoSize: 1000,
      headerLength: 54,
      checksumStart: 34,
      checksumOffset: 16,
      buffers: 17,
    });
    expect(large!.frame.subarray(54)).toEqual(Uint8Array.from(frames.flatMap((frame) => [...frame.subarray(54)])));
  });

  test("segments that come one after the other stay what they are, and a checksum that is right is said to be", () => {
    const { packets, receive } = createNetRig();
    packets.post(0, 8, 1500);
    const [first, second] = stream(2, 1000);
    receive(first!);
    receive(second!);
    const wrong = second!.slice();
    wrong[100]!++;
    receive(wrong, toCard());
    expect(packets.received().map(({ flags, gsoType }) => [flags, gsoType])).toEqual([
      [DATA_VALID, 0],
      [DATA_VALID, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  test.each([
    ["without merged buffers", EVERYTHING & ~MRG_RXBUF, DATA_VALID],
    ["without GUEST_TSO4", EVERYTHING & ~(1n << 7n), DATA_VALID],
    ["without GUEST_CSUM", EVERYTHING & ~GUEST_CSUM, 0],
  ])("there are none %s", (_, features, flags) => {
    const { packets, receive } = createNetRig({ features });
    packets.post(0, 2, 1500);
    receive(...stream(2, 1000));
    expect(packets.received().map((packet) => [packet.flags, packet.gsoType, packet.frame.length])).toEqual([
      [flags, 0, 1054],
      [flags, 0, 1054],
    ]);
  });

  test("the driver switches them off and on", () => {
    const { packets, receive } = createNetRig();
    packets.post(0, 8, 1500);
    const seen = (bits: number) => {
      expect(packets.command(OFFLOADS, 0, offloads(bits))).toBe(OK);
      receive(...stream(2, 500));
      return packets.received().map(({ flags, gsoType }) => [flags, gsoType]);
    };
    expect(seen(0)).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(seen(2)).toEqual([
      [DATA_VALID, 0],
      [DATA_VALID, 0],
    ]);
    expect(seen(0x182)).toEqual([[NEEDS_CSUM, 1]]);
    expect(packets.command(OFFLOADS, 0, offloads(0x402))).toBe(ERR);
  });
});

describe("filters", () => {
  const OTHER = Uint8Array.of(0x52, 0x54, 0, 1, 2, 3);
  const GROUP = Uint8Array.of(0x01, 0, 0x5e, 0, 0, 1);
  const OTHER_GROUP = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);
  const FRAMES = { card: CARD, other: OTHER, group: GROUP, otherGroup: OTHER_GROUP, broadcast: BROADCAST };

  /** Which of the frames come through after these commands. */
  function passing(...commands: readonly [group: number, command: number, data: readonly number[]][]): string[] {
    return Object.entries(FRAMES).flatMap(([name, to]) => {
      const rig = createNetRig();
      for (const command of commands) expect(rig.packets.command(...command)).toBe(OK);
      rig.packets.post(0, 1, 200);
      rig.receive(plainFrame(to, PEER));
      return rig.packets.received().length === 1 ? [name] : [];
    });
  }

  test("a card takes everything until it is told otherwise, then its own address and broadcasts", () => {
    expect(passing()).toEqual(Object.keys(FRAMES));
    expect(passing([RX, 0, [0]])).toEqual(["card", "broadcast"]);
    expect(passing([RX, 0, [1]])).toEqual(Object.keys(FRAMES));
  });

  test("all multicast, all unicast, none of them, no broadcasts", () => {
    const quiet: [number, number, number[]] = [RX, 0, [0]];
    expect(passing(quiet, [RX, 1, [1]])).toEqual(["card", "group", "otherGroup", "broadcast"]);
    expect(passing(quiet, [RX, 2, [1]])).toEqual(["card", "other", "broadcast"]);
    expect(passing(quiet, [RX, 1, [1]], [RX, 3, [1]])).toEqual(["card", "broadcast"]);
    expect(passing(quiet, [RX, 4, [1]])).toEqual(["broadcast"]);
    expect(passing(quiet, [RX, 5, [1]])).toEqual(["card"]);
    expect(passing(quiet, [RX, 5, [1]], [RX, 5, [0]])).toEqual(["card", "broadcast"]);
  });

  test("tables of addresses; of one that is too long all pass", () => {
    const quiet: [number, number, number[]] = [RX, 0, [0]];
    expect(passing(quiet, [MAC, 0, [...count(1), ...OTHER, ...count(1), ...GROUP]])).toEqual(["card", "other", "group", "broadcast"]);
    const many = Array.from({ length: 65 }, (_, i) => [1, 0, 0, 0, 0, i]).flat();
    expect(passing(quiet, [MAC, 0, [...count(0), ...count(65), ...many]])).toEqual(["card", "group", "otherGroup", "broadcast"]);
    expect(passing(quiet, [MAC, 0, [...count(0), ...count(64), ...many.slice(6)]])).toEqual(["card", "broadcast"]);
  });

  test("another address of the card", () => {
    const { packets, driver, receive, start } = createNetRig();
    packets.command(RX, 0, [0]);
    expect(packets.command(MAC, 1, OTHER)).toBe(OK);
    expect(driver.device(5, 1)).toBe(OTHER[5]);
    packets.post(0, 2, 200);
    receive(plainFrame(CARD, PEER), plainFrame(OTHER, PEER));
    expect(packets.received().map(({ frame }) => frame.subarray(0, 6))).toEqual([OTHER]);
    start();
    expect(driver.device(5, 1)).toBe(CARD[5]);
  });

  test("legacy drivers without the command write the address; others can not", () => {
    const legacy = createNetRig({ driver: { interface: "legacy" }, features: 0n });
    OTHER.forEach((byte, at) => {
      legacy.driver.setDevice(at, byte, 1);
    });
    expect(legacy.driver.device(5, 1)).toBe(OTHER[5]);
    legacy.driver.setDevice(6, 0, 2);
    expect(legacy.driver.device(6, 2)).toBe(1);
    const modern = createNetRig();
    modern.driver.setDevice(5, 0xee, 1);
    expect(modern.driver.device(5, 1)).toBe(CARD[5]);
  });

  test("VLANs pass that were added, and frames without a tag; all of them where that was not negotiated", () => {
    const through = (features: bigint) => {
      const { packets, receive } = createNetRig({ features });
      packets.command(RX, 0, [0]);
      const answers = [packets.command(VLAN, 0, [5, 0]), packets.command(VLAN, 0, [0xff, 0x0f]), packets.command(VLAN, 1, [5, 0])];
      packets.post(0, 4, 200);
      receive(tagged(toCard(), 5), tagged(toCard(), 4095), tagged(toCard(), 0xe000 | 4095), toCard());
      return { answers, lengths: packets.received().map(({ frame }) => frame.length) };
    };
    expect(through(EVERYTHING)).toEqual({ answers: [OK, OK, OK], lengths: [104, 104, 100] });
    expect(through(EVERYTHING & ~CTRL_VLAN)).toEqual({ answers: [ERR, ERR, ERR], lengths: [104, 104, 104, 100] });
  });

  test.each<[string, number, number, readonly number[]]>([
    ["no class", 9, 0, []],
    ["no mode", RX, 6, [1]],
    ["a mode without a value", RX, 0, []],
    ["no MAC command", MAC, 2, [...CARD]],
    ["half an address", MAC, 1, [1, 2, 3]],
    ["one table", MAC, 0, count(0)],
    ["a table that is longer than what was sent", MAC, 0, [...count(2), ...CARD, ...count(0)]],
    ["a table of 4 billion", MAC, 0, [255, 255, 255, 255, ...count(0)]],
    ["a VLAN that there is not", VLAN, 0, [0, 0x10]],
    ["half a VLAN", VLAN, 0, [1]],
    ["no VLAN command", VLAN, 2, [1, 0]],
    ["pairs without MQ", PAIRS, 0, [1, 0]],
    ["offloads that were not negotiated", OFFLOADS, 0, [0x80, 0, 0, 0, 0, 0, 0, 0x80]],
    ["half of the offloads", OFFLOADS, 0, [2, 0, 0, 0]],
    ["an announcement of another kind", ANNOUNCE, 1, []],
  ])("%s: the command fails, and nothing has changed", (_, group, command, data) => {
    const { packets, card } = createNetRig();
    const before = card.save();
    expect(packets.command(group, command, data)).toBe(ERR);
    expect({ ...card.save(), queues: null }).toEqual({ ...before, queues: null });
  });

  test("commands that were not negotiated fail", () => {
    const { packets } = createNetRig({ features: CTRL_VQ });
    for (const [group, command, data] of [
      [RX, 0, [1]],
      [RX, 5, [1]],
      [MAC, 0, [...count(0), ...count(0)]],
      [MAC, 1, [...CARD]],
      [VLAN, 0, [1, 0]],
      [ANNOUNCE, 0, []],
      [OFFLOADS, 0, [0, 0, 0, 0, 0, 0, 0, 0]],
    ] as const)
      expect(packets.command(group, command, data)).toBe(ERR);
    expect(createNetRig({ features: EVERYTHING & ~CTRL_RX_EXTRA }).packets.command(RX, 5, [1])).toBe(ERR);
  });
});

describe("the link", () => {
  test.each(["pin", "MSI-X"])("tells when it goes and comes, by %s, and asks for an announcement", (how) => {
    const { driver, cable, packets, scheduler } = createNetRig({ driver: { interface: "modern", msix: how === "MSI-X" } });
    const { generation } = driver;
    cable.setLink(false);
    expect(driver.device(6, 2)).toBe(0);
    expect(driver.takeIsr()).toBe(how === "pin" ? 2 : 0);
    cable.setLink(true);
    expect(driver.device(6, 2)).toBe(1);
    scheduler.advance(50e6);
    expect(driver.device(6, 2)).toBe(3);
    expect(driver.generation).toBe((generation + 3) & 0xff);
    expect(packets.command(ANNOUNCE, 0)).toBe(OK);
    expect(driver.device(6, 2)).toBe(1);
  });

  test("does not ask drivers that can not announce", () => {
    const { driver, cable, scheduler } = createNetRig({ features: STATUS });
    cable.setLink(false);
    cable.setLink(true);
    scheduler.advance(50e6);
    expect(driver.device(6, 2)).toBe(1);
  });

  test("is down after a reset without it, and after a record from where it was up", () => {
    const { driver, cable, start, pci } = createNetRig();
    const record = pci.save();
    cable.setLink(false);
    start();
    expect(driver.device(6, 2)).toBe(0);
    const copy = createNetRig();
    copy.cable.setLink(false);
    copy.pci.load(record);
    expect(copy.driver.takeIsr()).toBe(0);
    copy.scheduler.advance(1);
    expect(copy.driver.device(6, 2)).toBe(0);
    expect(copy.driver.takeIsr()).toBe(2);
  });
});

describe("several pairs", () => {
  const flow = (from: Uint8Array, to: Uint8Array, [source, destination]: readonly [number, number], ports: readonly [number, number]) =>
    Uint8Array.from([
      ...[...to, ...from, 8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, source, 10, 0, 0, destination],
      ...[ports[0] >> 8, ports[0] & 0xff, ports[1] >> 8, ports[1] & 0xff, ...new Array<number>(16).fill(0)],
    ]);
  const setPairs = (rig: ReturnType<typeof createNetRig>, pairs: number) => rig.packets.command(PAIRS, 0, [pairs & 0xff, pairs >> 8], 8);

  test("the first alone is used until the driver says how many", () => {
    const rig = createNetRig({ card: { pairs: 4 } });
    for (let queue = 0; queue < 8; queue += 2) rig.packets.post(queue, 8, 200);
    for (let port = 0; port < 8; port++) rig.receive(flow(PEER, CARD, [2, 1], [port * 977, 80]));
    expect(rig.packets.received(0)).toHaveLength(8);
    expect([0, 5, 0x8000].map((pairs) => setPairs(rig, pairs))).toEqual([ERR, ERR, ERR]);
    expect(setPairs(rig, 4)).toBe(OK);
  });

  test("a flow comes in by the pair that it last went out by, others by any one", () => {
    const rig = createNetRig({ card: { pairs: 4 }, size: 64 });
    for (let queue = 0; queue < 8; queue += 2) rig.packets.post(queue, 40, 200);
    setPairs(rig, 4);
    for (const pair of [2, 0, 3, 1]) {
      rig.packets.send(flow(CARD, PEER, [1, 2], [80, 5000]), {}, { queue: 2 * pair + 1 });
      rig.receive(flow(PEER, CARD, [2, 1], [5000, 80]));
      expect([0, 1, 2, 3].map((other) => rig.packets.received(2 * other).length)).toEqual(
        [0, 1, 2, 3].map((other) => Number(other === pair)),
      );
    }
    for (let port = 0; port < 40; port++) rig.receive(flow(PEER, CARD, [2, 1], [port * 977, 80]));
    const spread = [0, 1, 2, 3].map((pair) => rig.packets.received(2 * pair).length);
    expect(Math.min(...spread)).toBeGreaterThan(0);
    expect(spread.reduce((sum, frames) => sum + frames)).toBe(40);
  });

  test("with fewer again, nothing comes by the others", () => {
    const rig = createNetRig({ card: { pairs: 4 } });
    for (let queue = 0; queue < 8; queue += 2) rig.packets.post(queue, 16, 200);
    setPairs(rig, 4);
    rig.packets.send(flow(CARD, PEER, [1, 2], [80, 5000]), {}, { queue: 7 });
    setPairs(rig, 2);
    for (let i = 0; i < 4; i++) rig.receive(flow(PEER, CARD, [2, 1], [5000 + i, 80]));
    expect([4, 6].map((queue) => rig.packets.received(queue).length)).toEqual([0, 0]);
  });

  test("a driver without MQ finds the control queue behind the first pair", () => {
    const { packets } = createNetRig({ card: { pairs: 4 }, features: EVERYTHING & ~MQ });
    expect(packets.command(RX, 0, [1], 2)).toBe(OK);
  });
});

test("a receive queue that is reset gives its buffers up, and works again", () => {
  const { packets, driver, receive } = createNetRig();
  packets.post(0, 3, 200);
  receive(toCard(1000));
  driver.setCommon(0x16, 0, 2);
  driver.setCommon(0x3a, 1, 2);
  driver.queues[0] = driver.createQueue(0, 32);
  packets.post(0, 6, 200);
  expect(packets.received()).toMatchObject([{ buffers: 6, frame: toCard(1000) }]);
});
