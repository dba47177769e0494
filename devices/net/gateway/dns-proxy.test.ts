import { Buffer } from "buffer";
import * as dns from "dns-packet";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualScheduler } from "../../testing/manual-scheduler.js";
import { createCable } from "../wire.js";
import { createGateway } from "./gateway.js";
import type { GatewayOptions } from "./options.js";
import { FakeOutside } from "./testing/fake-outside.js";
import { GATEWAY, TestGuest } from "./testing/guest.js";
import { ascii, ipv4, u16 } from "./testing/packets.js";

const SECOND = 1e9;
const [NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED] = [0, 1, 2, 3, 4, 5];

const turns = async () => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

function query(name: string, type = "A", extra: Partial<dns.Message> = {}): Uint8Array {
  return dns.encode({ id: 4711, type: "query", flags: dns.RECURSION_DESIRED, questions: [{ name, type, class: "IN" }], ...extra });
}

function decode(bytes: Uint8Array) {
  const { id, type, flags, questions, answers } = dns.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  return {
    id,
    type,
    flags,
    code: flags & 15,
    truncated: (flags & dns.TRUNCATED_RESPONSE) !== 0,
    questions,
    answers: answers!,
    data: answers!.map(({ data }) => data),
  };
}

function setUp(options: Partial<GatewayOptions> = {}) {
  const scheduler = new ManualScheduler();
  const cable = createCable();
  const outside = new FakeOutside();
  const gateway = createGateway({
    wire: cable.ends[0],
    scheduler,
    outside,
    records: [
      { name: "files.example", address: "10.9.8.7" },
      { name: "nas", address: "10.9.8.6" },
    ],
    ...options,
  });
  const guest = new TestGuest(cable.ends[1], scheduler);
  const ask = async (message: Uint8Array) => {
    guest.packets.length = 0;
    guest.sendUdp(GATEWAY, 53, message);
    await turns();
    const [answer] = guest.udpFrom(GATEWAY, 53);
    return answer && decode(answer);
  };
  return { scheduler, outside, gateway, guest, ask };
}

/** A host's resolver that knows one address of everything. */
function answering(address: string) {
  return (message: Uint8Array) => {
    const { id, questions } = decode(message);
    return dns.encode({
      id,
      type: "response",
      flags: dns.RECURSION_AVAILABLE,
      questions: questions!,
      answers: [{ name: questions![0]!.name, type: "A", ttl: 5, data: address }],
    });
  };
}

describe("names of the network", () => {
  test("are the user's, with and without the domain, whatever the letters' case", async () => {
    const { ask, outside, gateway } = setUp();
    expect(await ask(query("Files.Example"))).toMatchObject({ id: 4711, type: "response", code: NOERROR, data: ["10.9.8.7"] });
    for (const name of ["nas", "NAS.ringside.internal"]) expect((await ask(query(name)))!.data).toEqual(["10.9.8.6"]);
    expect((await ask(query("gateway")))!.data).toEqual([GATEWAY]);
    gateway.names.add("nas", "10.9.8.5");
    expect((await ask(query("nas")))!.data).toEqual(["10.9.8.6", "10.9.8.5"]);
    gateway.names.remove("nas");
    expect((await ask(query("nas")))!.code).toBe(NXDOMAIN);
    expect(outside.queries).toEqual([]);
  });

  test("are those of the leases, both ways", async () => {
    const { ask } = setUp({ dhcp: { reservations: [{ mac: "52:54:00:00:00:0a", address: "192.168.122.50", name: "web" }] } });
    expect((await ask(query("web")))!.data).toEqual(["192.168.122.50"]);
    expect((await ask(query("50.122.168.192.in-addr.arpa", "PTR")))!.data).toEqual(["web.ringside.internal"]);
    expect((await ask(query("7.8.9.10.in-addr.arpa", "PTR")))!.data).toEqual(["files.example"]);
    expect((await ask(query("1.122.168.192.in-addr.arpa", "PTR")))!.data).toEqual(["gateway.ringside.internal"]);
  });

  test("have no records of other types, and others of the network do not exist: nobody outside is asked", async () => {
    const { ask, outside } = setUp();
    expect(await ask(query("nas", "AAAA"))).toMatchObject({ code: NOERROR, data: [] });
    for (const name of ["unknown", "unknown.ringside.internal"]) expect((await ask(query(name)))!.code).toBe(NXDOMAIN);
    expect(await ask(query("77.122.168.192.in-addr.arpa", "PTR"))).toMatchObject({ data: [] });
    expect(outside.queries).toEqual([]);
  });
});

describe("names of the outside", () => {
  test("are asked of the host's resolver, under another number", async () => {
    const { ask, outside } = setUp();
    outside.answer = answering("203.0.113.80");
    expect(await ask(query("www.example.org"))).toMatchObject({ id: 4711, code: NOERROR, data: ["203.0.113.80"] });
    expect(decode(outside.queries[0]!).questions).toEqual([{ name: "www.example.org", type: "A", class: "IN" }]);
    expect(decode(outside.queries[0]!).id).not.toBe(4711);
  });

  test("fail where there is no answer, or one to something else", async () => {
    const { ask, outside } = setUp();
    expect((await ask(query("www.example.org")))!.code).toBe(SERVFAIL);
    outside.answer = (message) => answering("203.0.113.80")(query("evil.example.org", "A", { id: decode(message).id }));
    expect(await ask(query("www.example.org"))).toMatchObject({ code: SERVFAIL, data: [] });
    outside.answer = () => Uint8Array.of(1, 2, 3);
    expect((await ask(query("www.example.org")))!.code).toBe(SERVFAIL);
  });

  test("are refused in an isolated network", async () => {
    const { ask, outside } = setUp({ mode: "isolated" });
    expect((await ask(query("www.example.org")))!.code).toBe(REFUSED);
    expect((await ask(query("nas")))!.data).toEqual(["10.9.8.6"]);
    expect(outside.queries).toEqual([]);
  });

  test("that are too long for UDP are cut, and come whole by TCP or to who takes more", async () => {
    const { ask, outside, guest, scheduler } = setUp();
    const texts = Array.from({ length: 5 }, (_, index) => ({ name: "www.example.org", type: "TXT", ttl: 5, data: `${index}`.repeat(200) }));
    outside.answer = (message) =>
      dns.encode({ id: decode(message).id, type: "response", flags: 0, questions: decode(message).questions!, answers: texts });
    expect(await ask(query("www.example.org", "TXT"))).toMatchObject({ code: NOERROR, truncated: true, answers: [] });
    const more = { name: ".", type: "OPT", udpPayloadSize: 4096, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] };
    expect((await ask(query("www.example.org", "TXT", { additionals: [more] })))!.answers.length).toBe(5);
    const tcp = guest.connect(GATEWAY, 53);
    scheduler.advance(1);
    const message = query("www.example.org", "TXT");
    tcp.write(Uint8Array.of(...u16(message.length), ...message));
    await turns();
    expect(decode(tcp.bytes.subarray(2)).answers.length).toBe(5);
  });
});

describe("over TCP", () => {
  test("queries come in pieces and several at once, and the guest's end is answered by ours", async () => {
    const { guest, scheduler, gateway } = setUp();
    const tcp = guest.connect(GATEWAY, 53);
    scheduler.advance(1);
    expect(tcp.state).toBe("open");
    const message = query("nas");
    const framed = Uint8Array.of(...u16(message.length), ...message, ...u16(message.length), ...message);
    for (const byte of framed) tcp.write(Uint8Array.of(byte));
    tcp.end();
    await turns();
    expect(tcp.bytes.length).toBe(2 * (2 + tcp.bytes[0]! * 256 + tcp.bytes[1]!));
    expect(tcp.ended).toBe(true);
    scheduler.advance(61 * SECOND);
    expect(gateway.connections()).toEqual([]);
  });

  test("who says nothing, or promises too much, is not waited for", () => {
    const { guest, scheduler, gateway } = setUp();
    const silent = guest.connect(GATEWAY, 53);
    scheduler.advance(11 * SECOND);
    expect(silent.ended).toBe(true);
    const boaster = guest.connect(GATEWAY, 53);
    scheduler.advance(1);
    boaster.write(Uint8Array.of(255, 255, ...new Uint8Array(2000)));
    expect(boaster.ended).toBe(true);
    // Neither ends its own side.
    scheduler.advance(120 * SECOND);
    expect(gateway.connections()).toEqual([]);
  });
});

describe("limits and malformed queries", () => {
  test("a guest asks no faster than allowed, and a slow resolver is not drowned", async () => {
    const { guest, outside } = setUp({ limits: { queriesPerSecond: 20, queriesWaiting: 5 } });
    outside.resolve = (message) => {
      outside.queries.push(message);
      return new Promise(() => {});
    };
    for (let i = 0; i < 100; i++) guest.sendUdp(GATEWAY, 53, query(`www${i}.example.org`));
    await turns();
    expect(outside.queries.length).toBe(5);
    expect(guest.udpFrom(GATEWAY, 53).map((bytes) => decode(bytes).code)).toEqual(Array(15).fill(SERVFAIL));
  });

  test("what is not a query gets FORMERR, NOTIMP or nothing", async () => {
    const { ask } = setUp();
    const good = query("nas");
    const changed = (at: number, ...bytes: number[]) => {
      const copy = Uint8Array.from(good);
      copy.set(bytes, at);
      return copy;
    };
    expect(await ask(ascii("too short"))).toBeUndefined();
    expect(await ask(changed(2, 0x80))).toBeUndefined();
    expect((await ask(changed(2, 0x28)))!.code).toBe(NOTIMP);
    expect((await ask(changed(4, 0, 0)))!.code).toBe(FORMERR);
    expect((await ask(changed(4, 0xff, 0xff)))!.code).toBe(FORMERR);
    expect((await ask(changed(12, 0xc0, 12)))!.code).toBe(FORMERR);
    expect((await ask(changed(12, 63)))!.code).toBe(FORMERR);
    expect((await ask(changed(10, 0xff, 0xff)))!.code).toBe(FORMERR);
    expect((await ask(good.subarray(0, good.length - 3)))!.code).toBe(FORMERR);
    expect((await ask(Uint8Array.of(...good, ...new Uint8Array(2000))))!.code).toBe(FORMERR);
  });

  test("nothing that is sent makes it throw, and what is answered is a message", { timeout: 20_000 }, async () => {
    const damage = fc.array(fc.record({ at: fc.nat(60), byte: fc.nat(255) }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(80), fc.uint8Array({ maxLength: 40 }), async (changes, length, tail) => {
        const { ask, outside } = setUp();
        outside.answer = (message) => message;
        const bytes = Uint8Array.of(
          ...query("a.very.long.name.example.org", "MX", {
            additionals: [{ name: "b.example.org", type: "A", data: "10.0.0.1" }],
          }).subarray(0, length),
          ...tail,
        );
        for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
        const answer = await ask(bytes);
        if (answer) expect(answer.type).toBe("response");
      }),
      { numRuns: 300 },
    );
  });

  test("the gateway's port 53 is no way to the host's", async () => {
    const { guest, outside } = setUp({ host: true });
    guest.sendUdp(GATEWAY, 53, query("nas"));
    expect(outside.sockets).toEqual([]);
    expect(ipv4(GATEWAY)).toEqual([192, 168, 122, 1]);
  });
});
