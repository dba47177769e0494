import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ipFrame } from "../testing/nic-rig.js";
import { fillIpChecksum, fillTransportChecksum, isIpHeaderGood, isTransportGood, parseIp, TCP } from "./checksum.js";
import { withTag } from "./ethernet.js";
import { completeChecksum, cutSegments } from "./offload.js";
import { mergeSegments, TCP_CHECKSUM } from "./offload-merge.js";

const ACK = 0x10;
const PSH = 0x08;
const TRANSPORT = 34;
const both = () => true;

/** Frames of one connection, each with so many bytes, whose checksums are right. */
function segments(sizes: readonly number[], { flags = ACK, first = 0xffff_f000 } = {}): Uint8Array[] {
  let sequence = first;
  return sizes.map((payload, index) => {
    const frame = ipFrame({ protocol: 6, payload, flags });
    const view = new DataView(frame.buffer);
    view.setUint16(18, 0x1234 + index);
    view.setUint32(TRANSPORT + 4, sequence);
    sequence = (sequence + payload) >>> 0;
    return filled(frame);
  });
}

function filled<T extends Uint8Array>(frame: T): T {
  const packet = parseIp(frame)!;
  fillIpChecksum(frame, packet);
  fillTransportChecksum(frame, packet);
  return frame;
}

/** The same with something changed, and right again. */
function changed(frame: Uint8Array, at: number, value: number): Uint8Array {
  const copy = frame.slice();
  copy[at] = value;
  return filled(copy);
}

const whole = ({ headers, payloads }: NonNullable<ReturnType<typeof mergeSegments>>) =>
  Uint8Array.from([headers, ...payloads].flatMap((part) => [...part]));

describe("segments that come together", () => {
  test("make one packet, which is cut into the same again", () => {
    for (const tagged of [false, true]) {
      const plain = segments([1000, 1000, 1000, 400]);
      const frames = tagged ? plain.map((frame) => withTag(frame, 7)) : plain;
      const large = mergeSegments(frames, 0, both)!;
      const transport = TRANSPORT + (tagged ? 4 : 0);
      expect([large.version, large.transport, large.payloads.map(({ length }) => length)]).toEqual([4, transport, [1000, 1000, 1000, 400]]);
      expect(cutSegments(whole(large), 4, TCP, transport, 1000)).toEqual(frames);
    }
  });

  test("of which the checksum is completed: it is that of the whole", () => {
    const packet = whole(mergeSegments(segments([700, 700, 1]), 0, both)!);
    const parsed = parseIp(packet)!;
    expect([parsed.end, isIpHeaderGood(packet, parsed), isTransportGood(packet, parsed)]).toEqual([packet.length, true, false]);
    completeChecksum(packet, TRANSPORT, TCP_CHECKSUM);
    expect(isTransportGood(packet, parsed)).toBe(true);
  });

  test("are no more than an IP packet takes", () => {
    const large = mergeSegments(segments(new Array<number>(60).fill(1460)), 0, both)!;
    expect(large.payloads).toHaveLength(44);
    expect(whole(large).length).toBeLessThanOrEqual(14 + 65_535);
  });

  test("end with the first that is shorter, or pushed, which the packet then is", () => {
    expect(mergeSegments(segments([500, 500, 300, 300]), 0, both)!.payloads).toHaveLength(3);
    const frames = segments([500, 500, 500]);
    frames[1] = changed(frames[1]!, TRANSPORT + 13, ACK | PSH);
    const large = mergeSegments(frames, 0, both)!;
    expect([large.payloads.length, large.headers[TRANSPORT + 13]]).toEqual([2, ACK | PSH]);
    frames[0] = changed(frames[0]!, TRANSPORT + 13, ACK | PSH);
    expect(mergeSegments(frames, 0, both)).toBeUndefined();
  });

  test.each<[string, (frames: Uint8Array[]) => void]>([
    ["is longer than the first", (frames) => frames.splice(0, 2, ...segments([400, 500]))],
    ["leaves a hole", (frames) => frames.splice(1, 1)],
    ["is the same again", (frames) => frames.splice(1, 0, frames[0]!)],
    ["acknowledges more", (frames) => frames.splice(1, 1, changed(frames[1]!, TRANSPORT + 11, 1))],
    ["has another window", (frames) => frames.splice(1, 1, changed(frames[1]!, TRANSPORT + 15, 9))],
    ["is from another port", (frames) => frames.splice(1, 1, changed(frames[1]!, TRANSPORT + 1, 9))],
    ["is from another address", (frames) => frames.splice(1, 1, changed(frames[1]!, 29, 99))],
    ["is from another card", (frames) => frames.splice(1, 1, changed(frames[1]!, 6, 2))],
    ["has another time to live", (frames) => frames.splice(1, 1, changed(frames[1]!, 22, 9))],
    ["ends the connection", (frames) => frames.splice(1, 1, changed(frames[1]!, TRANSPORT + 13, ACK | 1))],
    ["tells of congestion", (frames) => frames.splice(1, 1, changed(frames[1]!, TRANSPORT + 13, ACK | 0x80))],
    ["has a wrong checksum", (frames) => frames[1]![200]!++],
    ["has a wrong IP checksum", (frames) => frames[1]![24]!++],
    ["carries nothing", (frames) => frames.splice(1, 1, ...segments([0], { first: 0xffff_f000 + 500 }))],
    ["has something behind it", (frames) => frames.splice(1, 1, Uint8Array.from([...frames[1]!, 0, 0]))],
  ])("do not go on with one that %s", (_, change) => {
    const frames = segments([500, 500, 500]);
    change(frames);
    expect(mergeSegments(frames, 0, both)).toBeUndefined();
  });

  test("are left alone where the guest does not take them", () => {
    expect(mergeSegments(segments([500, 500]), 0, (version) => version === 6)).toBeUndefined();
  });

  test("whatever they are: what is merged is cut into what it was", () => {
    const sizes = fc.array(fc.constantFrom(1, 99, 100, 100, 100, 1460), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(sizes, fc.array(fc.tuple(fc.nat(29), fc.nat(53), fc.nat(255)), { maxLength: 3 }), (lengths, changes) => {
        const frames = segments(lengths);
        for (const [index, at, value] of changes) if (frames[index]) frames[index][at] = value;
        const large = mergeSegments(frames, 0, both);
        if (!large) return;
        const merged = frames.slice(0, large.payloads.length);
        // IP's identification counts on, as it need not have.
        const cut = cutSegments(whole(large), 4, TCP, large.transport, large.payloads[0]!.length)!;
        expect(cut.map(withoutId)).toEqual(merged.map(withoutId));
      }),
    );
  });
});

function withoutId(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  copy.fill(0, 18, 20);
  copy.fill(0, 24, 26);
  return copy;
}
