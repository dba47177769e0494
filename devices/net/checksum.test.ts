import { describe, expect, test } from "vitest";
import { ipFrame } from "../testing/nic-rig.js";
import { becomeSegment, fillIpChecksum, fillTransportChecksum, isIpHeaderGood, isTransportGood, parseIp, sum } from "./checksum.js";
import { withTag } from "./ethernet.js";

test("RFC 1071's example adds up to DDF2; an odd byte is the upper half of a word", () => {
  const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  expect(sum(bytes, 0, 8)).toBe(0xddf2);
  expect(sum(bytes, 0, 7)).toBe(0xddf2 - 0xf7);
});

test("long sums are those of their words one by one, wherever they begin and end", () => {
  const bytes = Uint8Array.from({ length: 2000 }, (_, at) => (at * at * 7 + (at >> 4)) & 0xff).subarray(3);
  const ones = new Uint8Array(70_000).fill(0xff);
  for (let from = 0; from < 20; from++)
    for (let to = from; to < 300; to++) {
      let plain = 0x1234;
      for (let at = from; at < to; at++) plain += (at - from) % 2 === 0 ? bytes[at]! << 8 : bytes[at]!;
      while (plain > 0xffff) plain = (plain & 0xffff) + (plain >>> 16);
      expect(sum(bytes, from, to, 0x1234)).toBe(plain);
    }
  expect([sum(ones, 0, 65_549), sum(ones, 0, 70_000), sum(new Uint8Array(1000), 0, 1000)]).toEqual([0xff00, 0xffff, 0]);
});

/** TCP over IPv6 with so many bytes of payload. */
function ipv6Frame(payload: number): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(74 + payload);
  const view = new DataView(frame.buffer);
  view.setUint16(12, 0x86dd);
  frame[14] = 0x60;
  view.setUint16(18, 20 + payload);
  frame[20] = 6;
  for (let at = 22; at < 54; at++) frame[at] = at;
  frame[66] = 0x50;
  return frame;
}

describe("an IP packet", () => {
  test("is found behind a VLAN tag, too", () => {
    const frame = ipFrame({ protocol: 17, payload: 10 });
    expect(parseIp(frame)).toMatchObject({ version: 4, ip: 14, transport: 34, protocol: 17, end: 52 });
    expect(parseIp(withTag(frame, 5))).toMatchObject({ ip: 18, transport: 38, end: 56 });
    expect(parseIp(ipv6Frame(4))).toMatchObject({ version: 6, ip: 14, transport: 54, protocol: 6, end: 78 });
  });

  test("is none if it is cut short, or says that it is shorter than its header", () => {
    const frame = ipFrame({ protocol: 17, payload: 10 });
    expect(parseIp(frame.slice(0, 51))).toBeUndefined();
    expect(parseIp(frame.slice(0, 20))).toBeUndefined();
    frame[17] = 19;
    frame[16] = 0;
    expect(parseIp(frame)).toBeUndefined();
    expect(parseIp(ipv6Frame(4).slice(0, 77))).toBeUndefined();
  });

  test.each([
    ["IPv4 with UDP", ipFrame({ protocol: 17, payload: 33 })],
    ["IPv4 with TCP", ipFrame({ protocol: 6, payload: 32 })],
    ["IPv6 with TCP", ipv6Frame(7)],
  ])("of %s is good once its checksums are filled in, and no longer when a bit changes", (_, frame) => {
    const packet = parseIp(frame)!;
    fillIpChecksum(frame, packet);
    fillTransportChecksum(frame, packet);
    if (packet.version === 4) expect(isIpHeaderGood(frame, packet)).toBe(true);
    expect(isTransportGood(frame, packet)).toBe(true);
    frame[frame.length - 1]! ^= 1;
    expect(isTransportGood(frame, packet)).toBe(false);
  });

  test("in fragments has no transport checksum that could be checked", () => {
    const frame = ipFrame({ protocol: 17, payload: 33 });
    frame[20] = 0x20;
    expect(isTransportGood(frame, parseIp(frame)!)).toBeUndefined();
  });
});

test("a segment of IPv6 has its own payload length; one of UDP its own length", () => {
  const ipv6 = ipv6Frame(100);
  becomeSegment(ipv6, { version: 6, ip: 14, transport: 54, isTcp: true }, 1, 0, true);
  expect(new DataView(ipv6.buffer).getUint16(18)).toBe(120);
  const udp = ipFrame({ protocol: 17, payload: 50 });
  becomeSegment(udp, { version: 4, ip: 14, transport: 34, isTcp: false }, 2, 0, false);
  expect([18, 38].map((at) => new DataView(udp.buffer).getUint16(at))).toEqual([0x1236, 58]);
});

test("offsets beyond a frame are nobody's: nothing is read or written there", () => {
  const frame = ipFrame({ protocol: 6, payload: 0 });
  const before = frame.slice();
  becomeSegment(frame, { version: 4, ip: 250, transport: 255, isTcp: true }, 1, 1, false);
  expect(frame).toEqual(before);
});
