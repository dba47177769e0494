import { describe, expect, test } from "vitest";
import { ManualScheduler } from "../../testing/manual-scheduler.js";
import { createCable, parseMac } from "../wire.js";
import { formatIpv4 } from "./address.js";
import { hostName } from "./dhcp-server.js";
import { createGateway } from "./gateway.js";
import type { GatewayOptions } from "./options.js";
import { FakeOutside } from "./testing/fake-outside.js";
import { GATEWAY, TestGuest } from "./testing/guest.js";
import { ascii, ipv4, textOf, u16, u32 } from "./testing/packets.js";

const SECOND = 1e9;
const [DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM] = [1, 2, 3, 4, 5, 6, 7, 8];

interface Message {
  readonly type: number;
  readonly mac?: string;
  readonly client?: string;
  readonly flags?: number;
  readonly relay?: string;
  readonly options?: readonly number[];
}

function message({ type, mac = "52:54:00:12:34:56", client = "0.0.0.0", flags = 0, relay = "0.0.0.0", options = [] }: Message): Uint8Array {
  const fixed = new Uint8Array(236);
  fixed.set([1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, ...u16(flags), ...ipv4(client)]);
  fixed.set(ipv4(relay), 24);
  fixed.set(parseMac(mac)!, 28);
  return Uint8Array.of(...fixed, 99, 130, 83, 99, 53, 1, type, ...options, 255);
}

const requested = (address: string) => [50, 4, ...ipv4(address)];
const server = (address = GATEWAY) => [54, 4, ...ipv4(address)];
const named = (name: string) => [12, name.length, ...ascii(name)];

function setUp(options: Partial<GatewayOptions> = {}) {
  const scheduler = new ManualScheduler();
  const cable = createCable();
  const gateway = createGateway({ wire: cable.ends[0], scheduler, outside: new FakeOutside(), ...options });
  const guest = new TestGuest(cable.ends[1], scheduler);
  /** Send it from the card it names, and read the answer. */
  const ask = (parts: Message, source = parts.client ?? "0.0.0.0") => {
    guest.mac.set(parseMac(parts.mac ?? "52:54:00:12:34:56")!);
    guest.packets.length = 0;
    guest.sendUdp(source === "0.0.0.0" ? "255.255.255.255" : GATEWAY, 67, message(parts), 68, source);
    return guest.packets[0] && answerOf(guest.packets[0]);
  };
  const lease = (mac: string, name?: string) => {
    const options_ = name === undefined ? [] : named(name);
    const { yours } = ask({ type: DISCOVER, mac })!;
    return ask({ type: REQUEST, mac, options: [...requested(yours), ...server(), ...options_] })!;
  };
  return { scheduler, gateway, guest, ask, lease };
}

function answerOf({ destination, payload }: { readonly destination: string; readonly payload: Uint8Array }) {
  const bytes = payload.subarray(8);
  const options = new Map<number, Uint8Array>();
  for (let at = 240; bytes[at] !== 255; at += 2 + bytes[at + 1]!) options.set(bytes[at]!, bytes.slice(at + 2, at + 2 + bytes[at + 1]!));
  const address = (code: number) => options.has(code) && Array.from(options.get(code)!).join(".");
  return {
    destination,
    type: options.get(53)![0]!,
    yours: Array.from(bytes.subarray(16, 20)).join("."),
    address,
    seconds: (code: number) => options.get(code)!.reduce((sum, byte) => sum * 256 + byte, 0),
    text: (code: number) => textOf(options.get(code) ?? new Uint8Array(0)),
    options,
  };
}

describe("a lease", () => {
  test("is offered, then given, with all that a guest needs to know", () => {
    const { ask, gateway } = setUp();
    const offer = ask({ type: DISCOVER })!;
    expect([offer.type, offer.yours, gateway.leases()]).toEqual([OFFER, "192.168.122.2", []]);
    const ack = ask({ type: REQUEST, options: [...requested(offer.yours), ...server(), ...named("Debian.example")] })!;
    expect([ack.type, ack.yours, ack.destination]).toEqual([ACK, "192.168.122.2", "192.168.122.2"]);
    expect([1, 3, 6, 28, 54].map(ack.address)).toEqual(["255.255.255.0", GATEWAY, GATEWAY, "192.168.122.255", GATEWAY]);
    expect([51, 58, 59, 26].map(ack.seconds)).toEqual([3600, 1800, 3150, 1500]);
    expect(ack.text(15)).toBe("ringside.internal");
    expect(gateway.leases()).toMatchObject([{ mac: 0x5254_0012_3456, name: "debian", isReserved: false, expires: 3600 * SECOND }]);
  });

  test("is answered by broadcast to who asks so", () => {
    const { ask } = setUp();
    expect(ask({ type: DISCOVER, flags: 0x8000 })!.destination).toBe("255.255.255.255");
  });

  test("is renewed by its holder, ends with time, and the address comes back to it", () => {
    const { ask, lease, gateway, scheduler } = setUp();
    lease("52:54:00:00:00:0a");
    scheduler.advance(3000 * SECOND);
    const renewal = ask({ type: REQUEST, mac: "52:54:00:00:00:0a", client: "192.168.122.2" })!;
    expect([renewal.type, renewal.destination]).toEqual([ACK, "192.168.122.2"]);
    scheduler.advance(3000 * SECOND);
    expect(gateway.leases().length).toBe(1);
    scheduler.advance(601 * SECOND);
    expect(gateway.leases()).toEqual([]);
    expect(lease("52:54:00:00:00:0b").yours).toBe("192.168.122.3");
    expect(lease("52:54:00:00:00:0a").yours).toBe("192.168.122.2");
  });

  test("may be as short as the guest asks, not longer than the network's", () => {
    const { ask } = setUp();
    expect(ask({ type: DISCOVER, options: [51, 4, ...u32(600)] })!.seconds(51)).toBe(600);
    expect(ask({ type: DISCOVER, options: [51, 4, ...u32(1)] })!.seconds(51)).toBe(60);
    expect(ask({ type: DISCOVER, options: [51, 4, ...u32(0xffff_ffff)] })!.seconds(51)).toBe(3600);
  });

  test("of an address that is wished for, where it is free", () => {
    const { ask, lease } = setUp();
    expect(ask({ type: DISCOVER, options: requested("192.168.122.77") })!.yours).toBe("192.168.122.77");
    lease("52:54:00:00:00:0a");
    expect(ask({ type: DISCOVER, mac: "52:54:00:00:00:0b", options: requested("192.168.122.2") })!.yours).not.toBe("192.168.122.2");
    expect(ask({ type: DISCOVER, mac: "52:54:00:00:00:0b", options: requested("10.0.0.9") })!.yours).toMatch(/^192\.168\.122\./);
  });

  test("is refused to who wants another's, one of another network, or the gateway's", () => {
    const { ask, lease } = setUp();
    lease("52:54:00:00:00:0a");
    for (const address of ["192.168.122.2", "10.0.0.9", GATEWAY, "192.168.122.255"]) {
      const refusal = ask({ type: REQUEST, mac: "52:54:00:00:00:0b", options: requested(address) })!;
      expect([refusal.type, refusal.destination]).toEqual([NAK, "255.255.255.255"]);
    }
  });

  test("is given to who comes back with an address that is free, though nobody remembers", () => {
    const { ask } = setUp();
    expect(ask({ type: REQUEST, options: requested("192.168.122.50") })!.type).toBe(ACK);
  });

  test("goes back by RELEASE of its holder, not by another's", () => {
    const { ask, lease, gateway } = setUp();
    lease("52:54:00:00:00:0a");
    ask({ type: RELEASE, mac: "52:54:00:00:00:0b", client: "192.168.122.2" });
    expect(gateway.leases().length).toBe(1);
    ask({ type: RELEASE, mac: "52:54:00:00:00:0a", client: "192.168.122.2", options: server() });
    expect(gateway.leases()).toEqual([]);
    expect(ask({ type: DISCOVER, mac: "52:54:00:00:00:0b", options: requested("192.168.122.2") })!.yours).toBe("192.168.122.2");
  });

  test("is not offered again after DECLINE, until a while has passed", () => {
    const { ask, lease, scheduler } = setUp({ dhcp: { last: "192.168.122.9" } });
    const { yours } = lease("52:54:00:00:00:0a");
    ask({ type: DECLINE, mac: "52:54:00:00:00:0a", options: [...requested(yours), ...server()] });
    expect(lease("52:54:00:00:00:0a").yours).toBe("192.168.122.3");
    expect(ask({ type: DISCOVER, mac: "52:54:00:00:00:0b", options: requested(yours) })!.yours).not.toBe(yours);
    scheduler.advance(601 * SECOND);
    expect(ask({ type: DISCOVER, mac: "52:54:00:00:00:0b", options: requested(yours) })!.yours).toBe(yours);
  });

  test("of another server's offer is none of ours, and frees what was held", () => {
    const { ask } = setUp({ dhcp: { last: "192.168.122.2" } });
    ask({ type: DISCOVER, mac: "52:54:00:00:00:0a" });
    expect(ask({ type: DISCOVER, mac: "52:54:00:00:00:0b" })).toBeUndefined();
    expect(
      ask({ type: REQUEST, mac: "52:54:00:00:00:0a", options: [...requested("192.168.122.2"), ...server("192.168.122.99")] }),
    ).toBeUndefined();
    expect(ask({ type: DISCOVER, mac: "52:54:00:00:00:0b" })!.yours).toBe("192.168.122.2");
  });
});

test("INFORM is answered with everything but an address", () => {
  const { ask } = setUp();
  const ack = ask({ type: INFORM, client: "192.168.122.200" })!;
  expect([ack.type, ack.yours, ack.address(3), ack.options.has(51)]).toEqual([ACK, "0.0.0.0", GATEWAY, false]);
});

test("an isolated network has no router", () => {
  const { ask } = setUp({ mode: "isolated" });
  const offer = ask({ type: DISCOVER })!;
  expect([offer.address(3), offer.address(6)]).toEqual([false, GATEWAY]);
});

describe("reserved addresses", () => {
  const reservations = [{ mac: "52:54:00:00:00:0a", address: "192.168.122.2", name: "Web" }];

  test("are for their holder alone, who is told its name", () => {
    const { ask, lease, gateway, guest } = setUp({ dhcp: { reservations } });
    guest.mac.set(parseMac("52:54:00:00:00:0b")!);
    guest.sendArp(1, GATEWAY, "192.168.122.2");
    expect(gateway.counters.dropped.spoofed).toBe(1);
    expect(lease("52:54:00:00:00:0b").yours).toBe("192.168.122.3");
    expect(ask({ type: REQUEST, mac: "52:54:00:00:00:0c", options: requested("192.168.122.2") })!.type).toBe(NAK);
    const ack = lease("52:54:00:00:00:0a", "other");
    expect([ack.yours, ack.text(12)]).toEqual(["192.168.122.2", "web"]);
    expect(gateway.leases().find(({ isReserved }) => isReserved)).toMatchObject({ name: "web", expires: 3600 * SECOND });
  });

  test("can not be had twice", () => {
    expect(() => setUp({ dhcp: { reservations: [...reservations, ...reservations] } })).toThrow("reserved twice");
  });
});

describe("limits", () => {
  test("a pool that is empty offers nothing, and what ended first is given first", () => {
    const { lease, ask, scheduler } = setUp({ dhcp: { last: "192.168.122.4" } });
    for (let i = 1; i <= 3; i++) {
      lease(`52:54:00:00:00:1${i}`);
      scheduler.advance(SECOND);
    }
    expect(ask({ type: DISCOVER, mac: "52:54:00:00:00:09" })).toBeUndefined();
    scheduler.advance(3600 * SECOND);
    expect(ask({ type: DISCOVER, mac: "52:54:00:00:00:09" })!.yours).toBe("192.168.122.2");
  });

  test("an address that somebody without a lease was heard with is not offered", () => {
    const { guest, ask } = setUp();
    guest.mac.set(parseMac("52:54:00:99:99:99")!);
    guest.sendArp(1, GATEWAY, "192.168.122.2");
    expect(ask({ type: DISCOVER })!.yours).toBe("192.168.122.3");
  });

  test("messages are answered no faster than allowed", () => {
    const { ask, gateway, scheduler } = setUp({ limits: { dhcpPerSecond: 10 } });
    const answers = () =>
      Array.from({ length: 30 }, (_, index) => ask({ type: DISCOVER, mac: `52:54:00:00:01:${10 + index}` })).filter(Boolean).length;
    expect([answers(), gateway.counters.dropped.limit]).toEqual([10, 20]);
    scheduler.advance(SECOND);
    expect(answers()).toBe(10);
  });

  test("who declines everything does not take the whole pool", () => {
    const { ask, lease, scheduler } = setUp({ dhcp: { last: "192.168.122.17" } });
    for (let i = 0; i < 40; i++) {
      scheduler.advance(SECOND);
      const { yours } = lease("52:54:00:00:00:0a");
      ask({ type: DECLINE, mac: "52:54:00:00:00:0a", options: requested(yours) });
    }
    expect(lease("52:54:00:00:00:0b").type).toBe(ACK);
  });

  test("messages that speak for another card, came by a relay, or are not right, are dropped", () => {
    const { guest, gateway, ask } = setUp();
    guest.sendUdp("255.255.255.255", 67, message({ type: DISCOVER, mac: "52:54:00:99:99:99" }), 68, "0.0.0.0");
    expect(ask({ type: DISCOVER, relay: "10.0.0.1" })).toBeUndefined();
    expect(ask({ type: DISCOVER, options: [12, 200, 1] })).toBeUndefined();
    expect(ask({ type: OFFER })).toBeUndefined();
    guest.sendUdp("255.255.255.255", 67, ascii("nothing of the kind"), 68, "0.0.0.0");
    expect(gateway.counters.dropped.malformed).toBe(5);
  });
});

describe("who has a lease", () => {
  test("has its address alone", () => {
    const { guest, lease, gateway } = setUp();
    const { yours } = lease("52:54:00:00:00:0a");
    guest.mac.set(parseMac("52:54:00:00:00:0b")!);
    guest.sendArp(1, GATEWAY, yours);
    guest.sendUdp("203.0.113.9", 9, ascii("x"), 1, yours);
    expect(gateway.counters.dropped.spoofed).toBe(2);
    expect(gateway.connections()).toEqual([]);
  });

  test("is the only one heard, where that is asked for", () => {
    const { guest, lease, gateway } = setUp({ leasedOnly: true });
    guest.sendUdp("203.0.113.9", 9, ascii("x"), 1, "192.168.122.99");
    expect(gateway.counters.dropped.spoofed).toBe(1);
    const { yours } = lease("52:54:00:00:00:0a");
    guest.sendUdp("203.0.113.9", 9, ascii("x"), 1, yours);
    expect(gateway.connections().map(({ guest: { address } }) => formatIpv4(address))).toEqual([yours]);
  });

  test("has its name, if nobody had it before", () => {
    const { lease, gateway } = setUp();
    lease("52:54:00:00:00:0a", "web");
    lease("52:54:00:00:00:0b", "WEB");
    expect(gateway.leases().map(({ name }) => name)).toEqual(["web", undefined]);
  });

  test.each([
    ["web", "web"],
    ["Web-1.example.org", "web-1"],
    ["web\0", "web"],
    ["-web", undefined],
    ["a b", undefined],
    ["", undefined],
    ["x".repeat(64), undefined],
  ])("has a name that is one: %j", (text, name) => {
    expect(hostName(ascii(text))).toBe(name);
  });
});
