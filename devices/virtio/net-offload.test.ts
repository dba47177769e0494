import { describe, expect, test } from "vitest";
import { fillIpChecksum, fillTransportChecksum, parseIp } from "../net/checksum.js";
import { ipFrame } from "../testing/nic-rig.js";
import { CARD, COMMAND, createNetRig, ERR, EVERYTHING, MRG_RXBUF, OK, PEER, plainFrame } from "./testing/net-rig.js";

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
    receive(wrong, plainFrame(CARD, PEER));
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
      expect(packets.command(COMMAND.OFFLOADS, 0, offloads(bits))).toBe(OK);
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
    expect(packets.command(COMMAND.OFFLOADS, 0, offloads(0x402))).toBe(ERR);
  });
});
