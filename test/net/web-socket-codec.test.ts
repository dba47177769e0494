import fc from "fast-check";
import { expect, test } from "vitest";
import { Decoder, encode, OPCODE, WebSocketError } from "../../cli/net/web-socket/codec.js";

const MOST = 70_000;

function decode(stream: Uint8Array, cuts: readonly number[] = [], masked = true): { opcode: number; payload: Uint8Array }[] {
  const got: { opcode: number; payload: Uint8Array }[] = [];
  const decoder = new Decoder(masked, MOST, (opcode, payload) => got.push({ opcode, payload }));
  let at = 0;
  for (const cut of cuts) {
    decoder.push(stream.subarray(at, at + cut));
    at += cut;
  }
  decoder.push(stream.subarray(at));
  return got;
}

test.each([0, 1, 125, 126, 65_535, 65_536])("a message of %i bytes comes back, masked or not", (length) => {
  const payload = Uint8Array.from({ length }, (_, i) => i);
  for (const masked of [true, false])
    expect(decode(encode(OPCODE.BINARY, payload, masked), [], masked)).toEqual([{ opcode: OPCODE.BINARY, payload }]);
});

test("messages are understood however the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), fc.array(fc.nat(50)), (messages, cuts) => {
      const stream = Uint8Array.from(messages.flatMap((message) => [...encode(OPCODE.BINARY, message, true)]));
      expect(decode(stream, cuts).map(({ payload }) => payload)).toEqual(messages);
    }),
  );
});

/** RFC 6455 "Examples": a frame from its bytes, with a mask of zeros. */
const frame = (first: number, ...payload: number[]) => [first, 0x80 | payload.length, 0, 0, 0, 0, ...payload];

test("parts are put together, with a ping between them", () => {
  const stream = [...frame(0x02, 1, 2), ...frame(0x89, 9), ...frame(0x00), ...frame(0x80, 3)];
  expect(decode(Uint8Array.from(stream))).toEqual([
    { opcode: OPCODE.PING, payload: Uint8Array.of(9) },
    { opcode: OPCODE.BINARY, payload: Uint8Array.of(1, 2, 3) },
  ]);
});

test.each([
  ["a frame without a mask", [0x82, 1, 7], 1002],
  ["a reserved bit", frame(0xc2, 1), 1002],
  ["a control frame in parts", frame(0x09), 1002],
  ["a long control frame", [0x89, 0xfe, 0, 126, 0, 0, 0, 0], 1002],
  ["a continuation of nothing", frame(0x80, 1), 1002],
  ["a message inside another", [...frame(0x02, 1), ...frame(0x82, 2)], 1002],
  ["a message that is too long", [0x82, 0xff, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0], 1009],
  ["a length beyond all bounds", [0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], 1009],
])("%s is refused", (_name, bytes, code) => {
  expect(() => decode(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code }));
  expect(() => decode(Uint8Array.from(bytes))).toThrow(WebSocketError);
});

test("parts without end are refused, empty ones too", () => {
  const parts = new Decoder(true, 100, () => {});
  const more = Uint8Array.from(frame(0x00));
  parts.push(Uint8Array.from(frame(0x02)));
  expect(() => {
    for (let i = 0; i < 200; i++) parts.push(more);
  }).toThrow("too many parts");
});
