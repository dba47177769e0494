// Which frames a card takes, as its driver says by commands, and commands that fail.
import { describe, expect, test } from "vitest";
import type { Frame } from "../net/wire.js";
import { BROADCAST, CARD, COMMAND, CTRL_VQ, createNetRig, ERR, EVERYTHING, OK, PEER, plainFrame } from "./testing/net-rig.js";

const CTRL_VLAN = 1n << 19n;
const CTRL_RX_EXTRA = 1n << 20n;
const { RX, MAC, VLAN, ANNOUNCE, PAIRS, OFFLOADS } = COMMAND;

const toCard = () => plainFrame(CARD, PEER);
const tagged = (frame: Frame, vlan: number) =>
  Uint8Array.from([...frame.subarray(0, 12), 0x81, 0, vlan >> 8, vlan & 0xff, ...frame.subarray(12)]);
/** A count of 32 bits. */
const count = (value: number) => [value & 0xff, value >> 8, 0, 0];

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
