import fc from "fast-check";
import { expect, test } from "vitest";
import { framePacket, fromHex, LONGEST_PACKET, type PacketEvent, PacketReader, toHex } from "./packet.js";

const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const read = (...pieces: readonly Uint8Array[]): PacketEvent[] => {
  const reader = new PacketReader();
  return pieces.flatMap((piece) => reader.feed(piece));
};
const binary = fc.uint8Array({ maxLength: 200 }).map((bytes) => String.fromCharCode(...bytes));

test("what gdb's manual shows: a packet, its checksum, its acknowledgements, an interrupt", () => {
  expect(read(ascii("+$qC#b4\x03-"))).toEqual([{ kind: "ack" }, { kind: "packet", data: "qC" }, { kind: "interrupt" }, { kind: "nack" }]);
  expect(framePacket("OK")).toEqual(ascii("$OK#9a"));
  expect(read(ascii("$qC#b5"), ascii("$qC#zz"), ascii("$#00"))).toEqual([{ kind: "bad" }, { kind: "bad" }, { kind: "packet", data: "" }]);
});

test("any content comes through, in whatever pieces, and a Ctrl-C in it is content", () => {
  fc.assert(
    fc.property(fc.array(binary, { maxLength: 5 }), fc.array(fc.nat(50)), (contents, cuts) => {
      const bytes = contents.flatMap((data) => [...framePacket(data)]);
      const pieces: Uint8Array[] = [];
      let at = 0;
      for (const cut of [...cuts, bytes.length]) {
        pieces.push(Uint8Array.from(bytes.slice(at, at + cut)));
        at += cut;
      }
      expect(read(...pieces)).toEqual(contents.map((data) => ({ kind: "packet", data })));
    }),
  );
});

test("after any garbage a packet is understood again, and nothing is thrown", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => {
      // Garbage may have begun a packet: the first '#' and two characters end it.
      const events = read(garbage, ascii("#00"), framePacket("g"));
      expect(events.at(-1)).toEqual({ kind: "packet", data: "g" });
    }),
  );
});

test("a packet that is too long is refused, and the next one taken", () => {
  const long = framePacket("a".repeat(LONGEST_PACKET + 1));
  expect(read(long, framePacket("a".repeat(LONGEST_PACKET))).map(({ kind }) => kind)).toEqual(["bad", "packet"]);
});

test("hexadecimal there and back; half bytes and other characters are refused", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(fromHex(toHex(bytes))).toEqual(bytes);
    }),
  );
  expect([fromHex("abc"), fromHex("0g"), fromHex("")]).toEqual([undefined, undefined, new Uint8Array(0)]);
});
