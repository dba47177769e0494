import { describe, expect, test } from "vitest";
import { expectDamageRefused, transplant } from "../testing/round-trip.js";
import {
  CARD,
  COMMAND,
  CTRL_VQ,
  createNetRig,
  EVERYTHING,
  MQ,
  MRG_RXBUF,
  type NetRigOptions,
  OK,
  PEER,
  plainFrame,
} from "./testing/net-rig.js";

const STATUS = 1n << 16n;
const { RX, ANNOUNCE } = COMMAND;

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
