import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualScheduler } from "../../testing/manual-scheduler.js";
import { createCable, formatMac, parseMac } from "../wire.js";
import { createGateway } from "./gateway.js";
import type { GatewayOptions } from "./options.js";
import { FakeOutside } from "./testing/fake-outside.js";
import { GATEWAY, GATEWAY_MAC, TestGuest } from "./testing/guest.js";
import { ascii, ipv4, onesComplement, sameBytes, textOf, u16, u32 } from "./testing/packets.js";

const SECOND = 1e9;
const SERVER = "203.0.113.9";

function setUp(options: Partial<GatewayOptions> = {}) {
  const scheduler = new ManualScheduler();
  const cable = createCable();
  const outside = new FakeOutside();
  const gateway = createGateway({ wire: cable.ends[0], scheduler, outside, dhcp: false, ...options });
  const guest = new TestGuest(cable.ends[1], scheduler);
  return { scheduler, outside, gateway, guest };
}

function echo(payload: Uint8Array, type = 8): Uint8Array {
  const message = Uint8Array.of(type, 0, 0, 0, 0, 7, 0, 1, ...payload);
  message.set(u16(onesComplement(message)), 2);
  return message;
}

describe("ARP", () => {
  test("who asks for the gateway is answered, and known from then on", () => {
    const { guest, gateway } = setUp();
    guest.sendArp(1, GATEWAY);
    expect(guest.arps.length).toBe(1);
    expect(Array.from(guest.arps[0]!.subarray(6, 18))).toEqual([0, 2, ...parseMac(GATEWAY_MAC)!, 192, 168, 122, 1]);
    expect(gateway.neighbours()).toMatchObject([{ address: 0xc0a8_7a02, mac: 0x5254_0012_3456 }]);
  });

  test("other addresses are not the gateway's to answer for; probes are answered and teach nothing", () => {
    const { guest, gateway } = setUp();
    guest.sendArp(1, "192.168.122.9");
    expect(guest.arps).toEqual([]);
    guest.sendArp(1, GATEWAY, "0.0.0.0");
    expect(guest.arps.length).toBe(1);
    expect(gateway.neighbours().length).toBe(1);
  });

  test("nobody takes the gateway's address, one outside of the network, or one that another was heard with", () => {
    const { guest, gateway, scheduler } = setUp();
    guest.sendArp(1, GATEWAY, GATEWAY);
    guest.sendArp(1, GATEWAY, "8.8.8.8");
    guest.sendArp(1, GATEWAY, "192.168.122.3", parseMac("52:54:00:99:99:99"));
    expect(gateway.neighbours()).toEqual([]);
    guest.sendArp(1, GATEWAY);
    guest.mac.set(parseMac("52:54:00:00:00:66")!);
    guest.sendArp(1, GATEWAY);
    expect(gateway.counters.dropped.spoofed).toBe(4);
    expect(gateway.neighbours()).toMatchObject([{ mac: 0x5254_0012_3456 }]);
    // A card was replaced.
    scheduler.advance(31 * SECOND);
    guest.sendArp(1, GATEWAY);
    expect(gateway.neighbours()).toMatchObject([{ mac: 0x5254_0000_0066 }]);
  });

  test("the table is bounded", () => {
    const { guest, gateway } = setUp({ network: "10.7.0.0/16", limits: { neighbours: 100 } });
    for (let i = 2; i < 1000; i++) guest.sendArp(1, "10.7.0.1", `10.7.${i >> 8}.${i & 255}`);
    expect(gateway.neighbours().length).toBe(100);
  });
});

describe("ICMP", () => {
  test("the gateway answers echoes, long ones in fragments", () => {
    const { guest } = setUp();
    guest.sendIp(1, GATEWAY, echo(ascii("are you there")));
    expect(guest.icmp).toEqual([[0, 0]]);
    expect(textOf(guest.packets[0]!.payload.subarray(8))).toBe("are you there");
    guest.packets.length = 0;
    const long = Uint8Array.from({ length: 4000 }, (_, index) => index % 255);
    guest.sendIp(1, GATEWAY, echo(long));
    expect(guest.packets.map(({ offset, moreFragments }) => [offset, moreFragments])).toEqual([
      [0, true],
      [1480, true],
      [2960, false],
    ]);
    const whole = Uint8Array.from(guest.packets.flatMap(({ payload }) => Array.from(payload)));
    expect(sameBytes(whole.subarray(8), long)).toBe(true);
    expect(onesComplement(whole)).toBe(0);
  });

  test("echoes to the outside go where the host can send them, and else are refused", async () => {
    const { guest, outside } = setUp();
    guest.sendIp(1, SERVER, echo(ascii("x")));
    expect(guest.icmp).toEqual([[3, 13]]);
    const asked: number[] = [];
    Object.assign(outside, {
      echo: async (to: number) => {
        asked.push(to);
        return true;
      },
    });
    guest.sendIp(1, SERVER, echo(ascii("x")));
    for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    expect(asked).toEqual([0xcb00_7109]);
    expect(guest.packets.at(-1)).toMatchObject({ source: SERVER, protocol: 1 });
    expect(guest.icmp.at(-1)).toEqual([0, 0]);
    // Not to those that guests may not reach.
    guest.sendIp(1, "10.0.0.1", echo(ascii("x")));
    guest.sendIp(1, "198.51.100.7", echo(ascii("x")));
    expect(asked.length).toBe(1);
  });

  test("a packet whose time to live is over is told so by the gateway, and is not passed on", () => {
    const { guest, outside } = setUp();
    guest.sendIp(17, SERVER, Uint8Array.of(...u16(5), ...u16(33_434), 0, 8, 0, 0), (header) => {
      header[8] = 1;
    });
    expect(guest.icmp).toEqual([[11, 0]]);
    expect(guest.packets[0]!.source).toBe(GATEWAY);
    // The quoted header and eight bytes say which one it was.
    expect(Array.from(guest.packets[0]!.payload.subarray(28, 32))).toEqual([...u16(5), ...u16(33_434)]);
    expect(outside.sockets).toEqual([]);
  });

  test("there are no errors about errors, and no more than allowed", () => {
    const { guest } = setUp({ limits: { icmpPerSecond: 5 } });
    guest.sendIp(1, SERVER, echo(new Uint8Array(20), 3), (header) => {
      header[8] = 1;
    });
    expect(guest.icmp).toEqual([]);
    for (let i = 0; i < 50; i++) guest.sendUdp(GATEWAY, 4000 + i, ascii("x"));
    expect(guest.icmp).toEqual(Array(5).fill([3, 3]));
  });

  test("protocols that are unknown are unreachable", () => {
    const { guest } = setUp();
    guest.sendIp(47, GATEWAY, new Uint8Array(20));
    guest.sendIp(47, SERVER, new Uint8Array(20));
    expect(guest.icmp).toEqual([
      [3, 2],
      [3, 13],
    ]);
  });
});

describe("fragments", () => {
  const datagram = (length: number) => {
    const payload = Uint8Array.from({ length }, (_, index) => index % 253);
    return { payload, bytes: Uint8Array.of(...u16(9), ...u16(9), ...u16(8 + length), 0, 0, ...payload) };
  };
  const fragment = (guest: TestGuest, bytes: Uint8Array, from: number, to: number, id = 77, more = to < bytes.length) =>
    guest.sendIp(17, SERVER, bytes.slice(from, to), (header) => {
      header.set(u16(id), 4);
      header.set(u16((from >> 3) | (more ? 0x2000 : 0)), 6);
    });

  test("are joined in any order, repeated ones too", () => {
    const { guest, outside } = setUp();
    const { bytes, payload } = datagram(5000);
    const cuts = [0, 1480, 2960, 4440, bytes.length];
    for (const index of [3, 1, 1, 0, 3, 2]) fragment(guest, bytes, cuts[index]!, cuts[index + 1]!);
    expect(outside.sockets[0]!.sent.length).toBe(1);
    expect(sameBytes(outside.sockets[0]!.sent[0]!.payload, payload)).toBe(true);
  });

  test("that overlap drop the whole, also what comes later", () => {
    const { guest, outside } = setUp();
    const { bytes } = datagram(3000);
    fragment(guest, bytes, 0, 1480);
    fragment(guest, bytes, 1472, 2960);
    fragment(guest, bytes, 1480, 2960);
    fragment(guest, bytes, 2960, bytes.length);
    expect(outside.sockets).toEqual([]);
  });

  test("that never become whole are forgotten, and the guest is told", () => {
    const { guest, scheduler } = setUp();
    fragment(guest, datagram(3000).bytes, 0, 1480);
    scheduler.advance(31 * SECOND);
    expect(guest.icmp).toEqual([[11, 1]]);
  });

  test("of many datagrams are bounded, and room comes back with time", () => {
    const { guest, outside, scheduler } = setUp({ limits: { icmpPerSecond: 0 } });
    const { bytes } = datagram(2000);
    for (let id = 1; id <= 100; id++) fragment(guest, bytes, 0, 1480, id);
    for (let id = 1; id <= 100; id++) fragment(guest, bytes, 1480, bytes.length, id);
    expect(outside.sockets[0]!.sent.length).toBe(16);
    for (let id = 201; id <= 300; id++) fragment(guest, bytes, 0, 1480, id);
    scheduler.advance(31 * SECOND);
    fragment(guest, bytes, 0, 1480, 400);
    fragment(guest, bytes, 1480, bytes.length, 400);
    expect(outside.sockets.flatMap(({ sent }) => sent).length).toBe(17);
  });

  test("beyond 64 KiB, empty, or of a length that is no multiple of eight are not believed", () => {
    const { guest, outside, gateway } = setUp();
    const bytes = new Uint8Array(66_000);
    fragment(guest, bytes, 0, 1480);
    fragment(guest, bytes, 65_528, 66_000, 77, false);
    expect(gateway.counters.dropped.malformed).toBe(1);
    fragment(guest, bytes, 0, 1479, 78, true);
    fragment(guest, bytes, 8, 8, 79, false);
    expect(outside.sockets).toEqual([]);
  });
});

describe("UDP", () => {
  test("one port of a guest is one socket of the host, and in comes only what was asked for", () => {
    const { guest, outside } = setUp();
    guest.sendUdp(SERVER, 123, ascii("time?"));
    guest.sendUdp("203.0.113.10", 123, ascii("time??"));
    expect(outside.sockets.length).toBe(1);
    const [socket] = outside.sockets;
    expect(socket!.sent.map(({ to, payload }) => `${to} ${textOf(payload)}`)).toEqual([`${SERVER}:123 time?`, "203.0.113.10:123 time??"]);
    socket!.receive({ address: 0xcb00_7109, port: 123 }, ascii("now"));
    socket!.receive({ address: 0xcb00_7109, port: 124 }, ascii("forged"));
    socket!.receive({ address: 0xcb00_710b, port: 123 }, ascii("forged"));
    expect(guest.packets.length).toBe(1);
    expect(guest.udpFrom(SERVER, 123).map(textOf)).toEqual(["now"]);
  });

  test("is forgotten after half a minute without an answer, and after two with one", () => {
    const { guest, outside, gateway, scheduler } = setUp();
    guest.sendUdp(SERVER, 123, ascii("time?"));
    guest.sendUdp("203.0.113.10", 123, ascii("time?"));
    outside.sockets[0]!.receive({ address: 0xcb00_7109, port: 123 }, ascii("now"));
    expect(gateway.connections().map(({ state }) => state)).toEqual(["REPLIED", "UNREPLIED"]);
    scheduler.advance(40 * SECOND);
    expect(gateway.connections()).toMatchObject([{ protocol: "udp", state: "REPLIED", sent: 5, received: 3 }]);
    scheduler.advance(90 * SECOND);
    expect(gateway.connections()).toEqual([]);
    expect(outside.sockets[0]!.closed).toBe(true);
  });

  test("flows of a guest are bounded, in number, in rate and in whom they talk to", () => {
    const { guest, outside, gateway } = setUp({ limits: { udpPerGuest: 10, peersPerFlow: 4 } });
    for (let port = 1; port <= 50; port++) guest.sendUdp(SERVER, 123, ascii("x"), port);
    expect(outside.sockets.length).toBe(10);
    expect(gateway.counters.dropped.limit).toBe(40);
    for (let i = 1; i <= 50; i++) guest.sendUdp(`203.0.113.${i}`, 123, ascii("x"), 1);
    expect(gateway.connections().filter(({ guest: { port } }) => port === 1).length).toBe(4);
  });

  test("the host's loopback is reached only where that is allowed", () => {
    const closed = setUp();
    closed.guest.sendUdp(GATEWAY, 5000, ascii("x"));
    expect(closed.guest.icmp).toEqual([[3, 3]]);
    const { guest, outside } = setUp({ host: { udp: [5000] } });
    guest.sendUdp(GATEWAY, 5000, ascii("x"));
    guest.sendUdp(GATEWAY, 5001, ascii("x"));
    expect(outside.sockets.map(({ toHost, sent }) => [toHost, sent.length])).toEqual([[true, 1]]);
    expect(outside.sockets[0]!.sent[0]!.to).toBe("127.0.0.1:5000");
    outside.sockets[0]!.receive({ address: 0x7f00_0001, port: 5000 }, ascii("y"));
    expect(guest.udpFrom(GATEWAY, 5000).map(textOf)).toEqual(["y"]);
  });

  test("a forwarded port leads to the guest and back", async () => {
    const { guest, outside, gateway } = setUp();
    guest.sendArp(1, GATEWAY);
    const host = { address: 0x7f00_0001, port: 5353 };
    await gateway.forwards.add({ protocol: "udp", host, guest: { address: 0xc0a8_7a02, port: 53 } });
    const [socket] = outside.sockets;
    socket!.receive({ address: 0x7f00_0001, port: 50_000 }, ascii("question"));
    socket!.receive({ address: 0x7f00_0001, port: 50_001 }, ascii("another"));
    expect(guest.packets.map(({ source, payload }) => `${source} ${textOf(payload.subarray(8))}`)).toEqual([
      `${GATEWAY} question`,
      `${GATEWAY} another`,
    ]);
    const port = guest.packets[0]!.payload[0]! * 256 + guest.packets[0]!.payload[1]!;
    guest.sendUdp(GATEWAY, port, ascii("answer"), 53);
    expect(socket!.sent).toMatchObject([{ to: "127.0.0.1:50000" }]);
    // Not from another port of the guest.
    guest.sendUdp(GATEWAY, port, ascii("forged"), 54);
    expect(socket!.sent.length).toBe(1);
    gateway.forwards.remove("udp", host);
    expect(gateway.connections()).toEqual([]);
  });
});

describe("what a guest can not do", () => {
  test("send from addresses that are not in its network, the gateway's, or the network's own", () => {
    const { guest, gateway, outside } = setUp();
    for (const source of ["8.8.8.8", GATEWAY, "192.168.122.0", "192.168.122.255", "255.255.255.255", "127.0.0.1", "224.0.0.1", "0.0.0.0"])
      guest.sendUdp(SERVER, 53, ascii("x"), 1, source);
    expect(outside.sockets).toEqual([]);
    expect(gateway.counters.dropped.spoofed).toBe(8);
  });

  test("have the gateway talk to itself (the land attack)", () => {
    const { guest, gateway } = setUp({ host: true });
    const syn = Uint8Array.of(...u16(53), ...u16(53), ...u32(1), ...u32(0), 0x50, 2, 255, 255, 0, 0, 0, 0);
    guest.sendTcp(GATEWAY, syn, GATEWAY);
    expect(gateway.connections()).toEqual([]);
    expect(guest.packets).toEqual([]);
  });

  test("send through the gateway to others of its network, or use source routes", () => {
    const { guest, gateway } = setUp();
    guest.sendUdp("192.168.122.3", 53, ascii("x"));
    expect(gateway.counters.dropped.unroutable).toBe(1);
    const header = Uint8Array.of(
      0x47,
      0,
      0,
      28,
      0,
      0,
      0,
      0,
      64,
      17,
      0,
      0,
      ...ipv4(guest.address),
      ...ipv4(GATEWAY),
      131,
      7,
      4,
      ...ipv4(SERVER),
      0,
    );
    header.set(u16(onesComplement(header)), 10);
    guest.sendRaw(0x0800, header);
    expect(gateway.counters.dropped.malformed).toBe(1);
  });

  test("speak with the MAC address of the gateway or of a group", () => {
    const { guest, gateway } = setUp();
    guest.mac.set(parseMac(GATEWAY_MAC)!);
    guest.sendIp(1, GATEWAY, echo(ascii("x")));
    guest.mac.set(parseMac("01:00:5e:00:00:01")!);
    guest.sendIp(1, GATEWAY, echo(ascii("x")));
    expect(guest.packets).toEqual([]);
    expect(gateway.counters.dropped.spoofed).toBe(2);
    expect(formatMac(guest.mac)).toBe("01:00:5e:00:00:01");
  });
});

describe("frames of any kind", () => {
  /** Mostly right, so that they get far. */
  const address = fc.constantFrom(
    "192.168.122.2",
    "192.168.122.1",
    "192.168.122.255",
    "203.0.113.9",
    "255.255.255.255",
    "127.0.0.1",
    "224.0.0.251",
  );
  const bytes = fc.uint8Array({ maxLength: 120 });
  const port = fc.constantFrom(53, 67, 68, 80, 40_000, 0);
  const options = fc.array(fc.constantFrom(0, 1, 2, 3, 4, 8, 10, 255), { maxLength: 40 }).filter((list) => list.length % 4 === 0);
  const tcp = fc.record({
    address,
    source: port,
    port,
    sequence: fc.integer(),
    acknowledgement: fc.integer(),
    flags: fc.nat(63),
    window: fc.nat(65_535),
    offset: fc.nat(15),
    options,
    bytes,
  });

  test("never make the gateway throw, and leave it working", { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.record({ kind: fc.constant("raw" as const), type: fc.constantFrom(0x0800, 0x0806, 0x86dd, 0x8100), bytes }),
            fc.record({
              kind: fc.constant("ip" as const),
              protocol: fc.constantFrom(1, 6, 17, 2),
              address,
              bytes,
              fragment: fc.nat(65_535),
              length: fc.nat(200),
            }),
            fc.record({ kind: fc.constant("udp" as const), address, port, source: port, bytes }),
            fc.record({ kind: fc.constant("tcp" as const), segment: tcp }),
          ),
          { minLength: 1, maxLength: 40 },
        ),
        (frames) => {
          const { guest, scheduler, outside } = setUp({ host: true, dhcp: {} });
          for (const frame of frames) {
            if (frame.kind === "raw") guest.sendRaw(frame.type, frame.bytes);
            else if (frame.kind === "udp") guest.sendUdp(frame.address, frame.port, frame.bytes, frame.source);
            else if (frame.kind === "ip")
              guest.sendIp(frame.protocol, frame.address, frame.bytes, (header) => {
                header.set(u16(frame.fragment), 6);
                if (frame.length > 150) header.set(u16(frame.length), 2);
              });
            else {
              const { segment } = frame;
              const words = [
                ...u32(segment.sequence),
                ...u32(segment.acknowledgement),
                segment.offset << 4,
                segment.flags,
                ...u16(segment.window),
                0,
                0,
                0,
                0,
              ];
              guest.sendTcp(
                segment.address,
                Uint8Array.of(...u16(segment.source), ...u16(segment.port), ...words, ...segment.options, ...segment.bytes),
              );
            }
            outside.settle();
            scheduler.advance(0.3 * SECOND);
          }
          scheduler.advance(1000 * SECOND);
          guest.packets.length = 0;
          guest.sendIp(1, GATEWAY, echo(ascii("still there")));
          expect(guest.icmp.at(-1)).toEqual([0, 0]);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("around an open connection neither reset nor move it, where they are not in order", () => {
    fc.assert(
      fc.property(fc.array(tcp, { maxLength: 30 }), (segments) => {
        const { guest, outside, scheduler } = setUp();
        const connection = guest.connect(SERVER, 80);
        outside.settle();
        connection.write("first ");
        for (const { sequence, acknowledgement, flags, window, options: list, bytes: data } of segments) {
          // Far from the numbers that this connection is at: what a guest's neighbour would have to guess.
          const far = (0x4000_0000 + (sequence & 0x3fff_ffff)) >>> 0;
          const words = [...u32(far), ...u32(acknowledgement), (5 + list.length / 4) << 4, flags, ...u16(window), 0, 0, 0, 0];
          guest.sendTcp(SERVER, Uint8Array.of(...u16(40_000), ...u16(80), ...words, ...list, ...data));
          scheduler.advance(0.2 * SECOND);
        }
        connection.write("second");
        scheduler.advance(10 * SECOND);
        expect([outside.streams[0]!.text, outside.streams[0]!.destroyed, outside.streams.length]).toEqual(["first second", false, 1]);
      }),
      { numRuns: 100 },
    );
  });
});

describe("options", () => {
  test.each([
    [{ network: "192.168.122.0/31" }, "prefix 16 to 30"],
    [{ network: "192.168.122.1/24" }, "bits set beyond"],
    [{ network: "127.0.0.0/24" }, "not for hosts"],
    [{ address: "10.0.0.1" }, "not inside of its network"],
    [{ mtu: 100 }, "an MTU is from 576"],
    [{ mac: "01:00:00:00:00:00" }, "not the MAC address of one card"],
    [{ records: [{ name: "a b", address: "10.0.0.1" }] }, "not a host's name"],
    [{ dhcp: { first: "10.0.0.1" } }, "pool is not inside"],
    [{ dhcp: { reservations: [{ mac: "52:54:00:00:00:09", address: "192.168.122.1" }] } }, "not one that a guest can have"],
    [{ dhcp: { seconds: 5 } }, "60 seconds at least"],
  ] as const)("that make no sense are refused with a sentence: %j", (options, message) => {
    expect(() => setUp(options)).toThrow(message);
  });

  test("a closed gateway is silent", () => {
    const { guest, gateway, outside, scheduler } = setUp();
    const tcp = guest.connect(SERVER, 80);
    outside.settle();
    gateway.close();
    expect(tcp.state).toBe("reset");
    expect(outside.streams[0]!.destroyed).toBe(true);
    guest.packets.length = 0;
    guest.sendIp(1, GATEWAY, echo(ascii("x")));
    scheduler.advance(100 * SECOND);
    expect(guest.packets).toEqual([]);
  });
});
