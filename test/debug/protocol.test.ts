// The protocol's commands without gdb: what it never sends, and what nobody should.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { framePacket, LONGEST_PACKET, PacketReader } from "../../core/debug/gdb/packet.js";
import { GdbServer } from "../../core/debug/gdb/server.js";
import { debugRig } from "./rig.js";

/** 7C00: NOP; INC AX; JMP 7C01. */
const PROGRAM = Uint8Array.of(0x90, 0x40, 0xeb, 0xfd);
let sent: string[] = [];
let killed = false;
let server: GdbServer;

function newServer(): GdbServer {
  const rig = debugRig({ kind: "image", image: PROGRAM }, { ramBytes: 4 << 20 });
  const reader = new PacketReader();
  sent = [];
  killed = false;
  const made = new GdbServer(
    rig.session,
    {
      send: (bytes) => {
        for (const event of reader.feed(bytes)) sent.push(event.kind === "packet" ? event.data : event.kind);
      },
      killed: () => {
        killed = true;
      },
    },
    false,
  );
  made.connected();
  made.receive(framePacket("QStartNoAckMode"));
  sent = [];
  return made;
}

beforeEach(() => {
  server = newServer();
});

/** The reply to a packet; the guest runs for as many slices as it takes. */
function ask(data: string, slices = 0): string | undefined {
  sent = [];
  server.receive(framePacket(data));
  for (let i = 0; i < slices && sent.length === 0; i++) server.slice();
  return sent.at(-1);
}

describe("commands", () => {
  test("stops, threads and features are told", () => {
    expect(ask("?")).toMatch(/^T05thread:01;.*08:007c0000;$/);
    expect([ask("qfThreadInfo"), ask("qsThreadInfo"), ask("qC"), ask("T1"), ask("T2")]).toEqual(["m01", "l", "QC01", "OK", "E22"]);
    expect([ask("Hg1"), ask("Hc-1"), ask("Hg7")]).toEqual(["OK", "OK", "E22"]);
    expect(ask("qSupported:swbreak+;hwbreak+;xmlRegisters=i386")).toMatch(/PacketSize=8000;.*ReverseStep\+/);
    expect(ask("qThreadExtraInfo,1")).toBe(Buffer.from("CPU 0").toString("hex"));
    expect([ask("qUnknown"), ask("vMustReplyEmpty"), ask("!"), ask("")]).toEqual(["", "", "", ""]);
  });

  test("the description comes in pieces", () => {
    let text = "";
    for (let offset = 0; ; offset += 100) {
      const piece = ask(`qXfer:features:read:target.xml:${offset.toString(16)},64`)!;
      text += piece.slice(1);
      if (piece[0] === "l") break;
    }
    expect(text).toMatch(/^<\?xml[\s\S]*org\.gnu\.gdb\.i386\.core[\s\S]*<\/target>\n$/);
    expect([ask("qXfer:features:read:other.xml:0,64"), ask("qXfer:features:read:target.xml:x,64")]).toEqual(["E00", "E22"]);
  });

  test("registers: all, one, written, refused", () => {
    const all = ask("g")!;
    expect(all).toHaveLength(2 * (16 * 4 + 8 * 10 + 8 * 4 + 8 * 16 + 4 + 12 * 4));
    expect([ask("P0=78563412"), ask("p0"), ask("p8")]).toEqual(["OK", "78563412", "007c0000"]);
    expect(ask(`G${ask("g")}`)).toBe("OK");
    expect([ask("pffff"), ask("P0=12"), ask("Pzz=00000000"), ask("P8"), ask("G0")]).toEqual(["E22", "E22", "E22", "E22", "E22"]);
    // CS, and the VM flag in ring 0.
    expect([ask("Pa=23000000"), ask("P9=02000200")]).toEqual(["E22", "E22"]);
  });

  test("memory: hexadecimal, binary, none there", () => {
    expect(ask("m7c00,4")).toBe("9040ebfd");
    expect([ask("M8000,2:abcd"), ask("X8002,4:}\x03#$"), ask("m8000,6")]).toEqual(["OK", "OK", "abcd7d032324"]);
    expect([ask("X8000,0:"), ask("mfee00000,4"), ask("Mfee00000,1:00"), ask("m8000"), ask("m8000,zz"), ask("M8000,2:ab")]).toEqual([
      "OK",
      "E14",
      "E14",
      "E22",
      "E22",
      "E22",
    ]);
    expect(ask("m0,ffffffff")!.length).toBeLessThan(LONGEST_PACKET);
  });

  test("continue, step, range, breakpoints, Ctrl-C", () => {
    expect(ask("s", 10)).toMatch(/^T05.*08:017c0000;$/);
    expect(ask("vCont;s:1;c", 10)).toMatch(/08:027c0000;$/);
    expect([ask("Z0,7c01,1"), ask("Z0,7c01,1"), ask("Z9,7c01,1"), ask("Z0,zz"), ask("Zx")]).toEqual(["OK", "OK", "", "E22", "E22"]);
    expect(ask("c", 10)).toMatch(/08:017c0000;$/);
    expect([ask("z0,7c01,1"), ask("z0,7c01,1")]).toEqual(["OK", "OK"]);
    // The loop is left never: the range has no end.
    ask("vCont;r7c01,7c04:1", 0);
    for (let i = 0; i < 20; i++) server.slice();
    expect(sent).toEqual([]);
    server.receive(Uint8Array.of(3));
    for (let i = 0; i < 3; i++) server.slice();
    expect(sent.at(-1)).toMatch(/^T02/);
    expect([ask("vCont;x"), ask("vCont;r12"), ask("vCont"), ask("bx"), ask("czz")]).toEqual(["E22", "E22", "", "", "E22"]);
  });

  test("back to the beginning, which is told as the end of the record", () => {
    ask("s", 10);
    expect(ask("bs", 10)).toMatch(/^T05thread:01;.*08:007c0000;$/);
    for (let i = 0; i < 100 && !/replaylog:begin/.test(ask("bs", 10)!); i++);
    expect(sent.at(-1)).toMatch(/replaylog:begin/);
  });

  test("what comes out of turn stops the guest first, and is answered", () => {
    ask("c");
    server.slice();
    expect(sent).toEqual([]);
    server.receive(framePacket("p0"));
    expect(sent[0]).toMatch(/^T02/);
    expect(sent[1]).toMatch(/^[0-9a-f]{8}$/);
  });

  test("too many breakpoints are refused with a sentence", () => {
    let answer: string | undefined = "OK";
    for (let i = 0; i < 100 && answer === "OK"; i++) answer = ask(`Z2,${(0x8000 + i * 8).toString(16)},4`);
    expect(answer).toBe("E.too many breakpoints");
    expect(ask("Z0,7c01,1")).toBe("OK");
  });

  test("kill and detach", () => {
    expect(ask("vKill;1")).toBe("OK");
    expect(killed).toBe(true);
    expect(ask("D")).toBe("OK");
    expect(server.isAttached).toBe(false);
    expect(server.slice()).toEqual({ idle: 0, ended: false });
  });
});

test("in acknowledged mode a wrong checksum is asked for again, and a lost reply sent again", () => {
  server.disconnected();
  server.connected();
  sent = [];
  server.receive(Buffer.from("$qC#00"));
  server.receive(framePacket("qC"));
  server.receive(Buffer.from("-"));
  expect(sent).toEqual(["nack", "ack", "QC01", "QC01"]);
});

test("nothing that comes on the line is fatal, or left without an answer", { timeout: 60_000 }, () => {
  const starts = [
    "",
    "g",
    "G",
    "p",
    "P",
    "m",
    "M",
    "X",
    "Z0",
    "Z2",
    "z",
    "H",
    "T",
    "vCont;",
    "v",
    "q",
    "Q",
    "qXfer:features:read:",
    "qRcmd,",
    "c",
    "s",
    "b",
  ];
  const packet = fc
    .tuple(
      fc.constantFrom(...starts),
      fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: fc.constantFrom(..."0123456789abcdef,:;=-"), maxLength: 20 })),
    )
    .map((parts) => parts.join(""))
    // Kill has no answer.
    .filter((data) => !data.startsWith("k"));
  fc.assert(
    fc.property(packet, fc.uint8Array({ maxLength: 20 }), (data, noise) => {
      const latin1 = [...data].map((c) => String.fromCharCode(c.charCodeAt(0) & 0xff)).join("");
      server.receive(noise.filter((byte) => byte !== 0x24));
      sent = [];
      server.receive(framePacket(latin1));
      for (let i = 0; i < 5 && sent.length === 0; i++) server.slice();
      server.receive(Uint8Array.of(3));
      for (let i = 0; i < 50 && sent.length === 0; i++) server.slice();
      expect(sent.length).toBeGreaterThan(0);
      sent = [];
      server.receive(framePacket("?"));
      expect(sent.at(-1)).toMatch(/^T0|^W00$/);
      // It was sent somewhere, and shut down or halted for good there.
      if (sent.at(-1) === "W00") server = newServer();
    }),
    { numRuns: 400 },
  );
});
