import { describe, expect, test } from "vitest";
import { ManualScheduler } from "../../testing/manual-scheduler.js";
import { createCable } from "../wire.js";
import { createGateway } from "./gateway.js";
import type { GatewayOptions } from "./options.js";
import { FakeOutside, type FakeStream } from "./testing/fake-outside.js";
import { GATEWAY, type GuestOptions, TestGuest } from "./testing/guest.js";
import type { GuestTcp } from "./testing/guest-tcp.js";
import { sameBytes } from "./testing/packets.js";

const SECOND = 1e9;
const SERVER = "203.0.113.9";

function setUp(options: Partial<GatewayOptions> = {}, guestOptions: GuestOptions = {}) {
  const scheduler = new ManualScheduler();
  const cable = createCable();
  const outside = new FakeOutside();
  const gateway = createGateway({ wire: cable.ends[0], scheduler, outside, dhcp: false, ...options });
  const guest = new TestGuest(cable.ends[1], scheduler, guestOptions);
  return { scheduler, outside, gateway, guest };
}

type World = ReturnType<typeof setUp>;

/** A connection of the guest that the host has opened. */
function opened({ guest, outside }: World, port = 80): { readonly tcp: GuestTcp; readonly stream: FakeStream } {
  const tcp = guest.connect(SERVER, port);
  outside.settle();
  return { tcp, stream: outside.streams.at(-1)! };
}

const states = ({ gateway }: World) => gateway.connections().map(({ state }) => state);

describe("a connection that a guest begins", () => {
  test("is answered only once the host has connected", () => {
    const world = setUp();
    const tcp = world.guest.connect(SERVER, 80);
    expect(tcp.state).toBe("opening");
    expect(states(world)).toEqual(["CONNECTING"]);
    world.outside.settle();
    expect(tcp.state).toBe("open");
    expect(states(world)).toEqual(["ESTABLISHED"]);
    expect(world.outside.streams[0]!.to).toBe(`${SERVER}:80`);
  });

  test("is refused by a reset where the host is refused", () => {
    const world = setUp();
    world.outside.decide = () => "refused";
    const { tcp } = opened(world);
    expect(tcp.state).toBe("refused");
    expect(world.gateway.connections()).toEqual([]);
  });

  test.each(["unreachable", "timeout", "denied"] as const)("hears by ICMP that its host can not be reached (%s)", (why) => {
    const world = setUp();
    world.outside.decide = () => why;
    const { tcp } = opened(world);
    expect(tcp.state).toBe("opening");
    expect(world.guest.icmp).toEqual([[3, 1]]);
    expect(world.gateway.connections()).toEqual([]);
  });

  test("carries bytes both ways, and the table tells how many", () => {
    const world = setUp();
    const { tcp, stream } = opened(world);
    tcp.write("GET /");
    stream.say("200 OK");
    expect([stream.text, tcp.text]).toEqual(["GET /", "200 OK"]);
    expect(world.gateway.connections()[0]).toMatchObject({
      protocol: "tcp",
      direction: "out",
      sent: 5,
      received: 6,
      guest: { port: 40_000 },
    });
  });

  test("does not begin twice when its SYN comes again", () => {
    const world = setUp();
    world.outside.decide = () => "wait";
    world.guest.connect(SERVER, 80);
    world.scheduler.advance(2 * SECOND);
    expect(world.outside.streams.length).toBe(1);
  });

  test("is given up where the host never says what became of it", () => {
    const world = setUp();
    world.outside.decide = () => "wait";
    world.guest.connect(SERVER, 80).state = "closed";
    world.scheduler.advance(74 * SECOND);
    expect(states(world)).toEqual(["CONNECTING"]);
    world.scheduler.advance(2 * SECOND);
    expect([states(world), world.outside.streams[0]!.destroyed]).toEqual([[], true]);
  });

  test("has its SYN answered again when the answer was lost, and is given up after five", () => {
    const world = setUp();
    const tcp = world.guest.connect(SERVER, 80);
    tcp.state = "closed";
    const synAcks = () => world.guest.packets.filter(({ payload }) => payload[13] === 0x12).length;
    // The guest is deaf from here on.
    tcp.receive = () => {};
    world.outside.settle();
    world.scheduler.advance(120 * SECOND);
    expect(synAcks()).toBe(5);
    expect(world.outside.streams[0]!.destroyed).toBe(true);
    expect(world.gateway.connections()).toEqual([]);
  });
});

describe("the end of a connection", () => {
  test("by the guest first: half closed, the host goes on", () => {
    const world = setUp();
    const { tcp, stream } = opened(world);
    tcp.write("question");
    tcp.end();
    expect(stream.ended).toBe(true);
    expect(states(world)).toEqual(["CLOSE_WAIT"]);
    stream.say("a late answer");
    expect(tcp.text).toBe("a late answer");
    stream.events.ended();
    expect(tcp.ended).toBe(true);
    expect(states(world)).toEqual(["DRAINING"]);
    stream.events.closed();
    expect(world.gateway.connections()).toEqual([]);
  });

  test("by the host first: half closed, the guest goes on, then TIME_WAIT", () => {
    const world = setUp();
    const { tcp, stream } = opened(world);
    stream.events.ended();
    expect(tcp.ended).toBe(true);
    expect(states(world)).toEqual(["FIN_WAIT_2"]);
    tcp.write("still here");
    expect(stream.text).toBe("still here");
    tcp.end();
    expect(stream.ended).toBe(true);
    expect(states(world)).toEqual(["TIME_WAIT"]);
    stream.events.closed();
    world.scheduler.advance(31 * SECOND);
    expect(world.gateway.connections()).toEqual([]);
  });

  test("a reset of the guest is one for the host", () => {
    const world = setUp();
    const { tcp, stream } = opened(world);
    tcp.reset();
    expect(stream.destroyed).toBe(true);
    expect(world.gateway.connections()).toEqual([]);
  });

  test("a reset of the host is one for the guest", () => {
    const world = setUp();
    const { tcp, stream } = opened(world);
    stream.events.failed("reset");
    expect(tcp.state).toBe("reset");
    expect(world.gateway.connections()).toEqual([]);
  });

  test("a host that never takes the rest is given up after a minute", () => {
    const world = setUp();
    const { tcp, stream } = opened(world);
    stream.room = 0;
    tcp.write("one");
    tcp.write("two");
    tcp.end();
    stream.events.ended();
    expect(states(world)).toEqual(["DRAINING"]);
    world.scheduler.advance(61 * SECOND);
    expect(stream.destroyed).toBe(true);
    expect(world.gateway.connections()).toEqual([]);
  });

  test("a guest that is silent for more than two hours, and does not answer then, is reset", () => {
    const world = setUp();
    const { tcp, stream } = opened(world);
    tcp.receive = () => {};
    world.scheduler.advance(7400 * SECOND);
    expect(states(world)).toEqual(["ESTABLISHED"]);
    world.scheduler.advance(900 * SECOND);
    expect(stream.destroyed).toBe(true);
    expect(world.gateway.connections()).toEqual([]);
  });

  test("a guest that is silent but answers stays", () => {
    const world = setUp();
    const { tcp } = opened(world);
    const receive = tcp.receive.bind(tcp);
    tcp.receive = (segment) => {
      receive(segment);
      tcp.acknowledge();
    };
    world.scheduler.advance(20_000 * SECOND);
    expect(states(world)).toEqual(["ESTABLISHED"]);
  });

  test("a segment for no connection is answered by a reset", () => {
    const world = setUp();
    const { tcp, stream } = opened(world);
    stream.events.failed("reset");
    tcp.state = "open";
    tcp.acknowledge();
    expect(tcp.state).toBe("reset");
  });
});

describe("windows", () => {
  const block = (length: number) => Uint8Array.from({ length }, (_, index) => index % 251);

  test("the guest's window holds the gateway back, and the gateway the host", () => {
    const world = setUp({ limits: { bufferPerConnection: 64 << 10 } }, { window: 0 });
    const { tcp, stream } = opened(world);
    stream.events.data(block(64 << 10));
    expect(tcp.receivedBytes).toBe(0);
    expect(stream.paused).toBe(true);
    tcp.window = 65_535;
    tcp.acknowledge();
    world.scheduler.advance(SECOND);
    expect(sameBytes(tcp.bytes, block(64 << 10))).toBe(true);
    expect(stream.paused).toBe(false);
  });

  test("a closed window is asked after, so that a lost update does no harm, and for as long as the guest answers", () => {
    const world = setUp({}, { window: 0 });
    const { tcp, stream } = opened(world);
    stream.say("hello");
    const receive = tcp.receive.bind(tcp);
    tcp.receive = (segment) => {
      receive(segment);
      tcp.acknowledge();
    };
    world.scheduler.advance(3600 * SECOND);
    expect(states(world)).toEqual(["ESTABLISHED"]);
    // Ever more seldom, once a minute in the end.
    expect(world.guest.packets.length).toBeLessThan(80);
    tcp.window = 1000;
    world.scheduler.advance(61 * SECOND);
    expect(tcp.text).toBe("hello");
  });

  test("a guest with a closed window that does not answer is given up", () => {
    const world = setUp({}, { window: 0 });
    const { tcp, stream } = opened(world);
    tcp.receive = () => {};
    stream.say("hello");
    world.scheduler.advance(600 * SECOND);
    expect(stream.destroyed).toBe(true);
  });

  test("a host that takes nothing closes the window, and opens it again", () => {
    const world = setUp({ limits: { bufferPerConnection: 32 << 10 } });
    const { tcp, stream } = opened(world);
    stream.room = 1;
    tcp.write(block(100_000));
    world.scheduler.advance(SECOND);
    expect(tcp.peerWindow).toBe(0);
    expect(stream.receivedBytes).toBeLessThan(2000);
    for (let i = 0; i < 100 && stream.receivedBytes < 100_000; i++) {
      stream.drain(5000);
      world.scheduler.advance(SECOND);
    }
    expect(sameBytes(stream.bytes, block(100_000))).toBe(true);
  });

  test("are told once for a burst: soon after it, or with its sixteenth full segment", () => {
    const world = setUp({ limits: { bufferPerConnection: 256 << 10 } }, { scale: 7 });
    const { tcp } = opened(world);
    const acknowledged: number[] = [];
    const answers = () => world.guest.packets.filter(({ payload }) => payload.length === 20 && payload[13] === 0x10).length;
    for (const segments of [1, 2, 15, 16, 40]) {
      const before = answers();
      tcp.write(block(segments * 1460));
      acknowledged.push(answers() - before);
      world.scheduler.advance(SECOND / 5000);
      acknowledged.push(answers() - before);
      world.scheduler.advance(SECOND / 10);
      acknowledged.push(answers() - before);
    }
    expect(acknowledged).toEqual([0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 2, 3, 3]);
  });

  test("are scaled where the guest scales its own", () => {
    const world = setUp({}, { scale: 7, window: 1 << 20 });
    const { tcp, stream } = opened(world);
    tcp.write("x");
    world.scheduler.advance(SECOND);
    expect(tcp.peerWindow).toBe(256 << 10);
    stream.events.data(block(200_000));
    expect(sameBytes(tcp.bytes, block(200_000))).toBe(true);
  });

  test("segments are as long as the guest allows", () => {
    const world = setUp({}, { mss: 600 });
    const { stream } = opened(world);
    stream.events.data(block(3000));
    const lengths = world.guest.packets.map(({ payload }) => payload.length - 20).filter((length) => length > 10);
    expect(lengths).toEqual([600, 600, 600, 600, 600]);
  });

  test("share what one guest may hold among its connections", () => {
    const world = setUp({ limits: { bufferPerGuest: 64 << 10, bufferPerConnection: 32 << 10 } });
    for (let port = 0; port < 3; port++) opened(world, 80 + port);
    const { tcp } = opened(world, 90);
    expect(tcp.peerWindow).toBeLessThanOrEqual(8 << 10);
    expect(tcp.peerWindow).toBeGreaterThan(0);
  });
});

describe("limits", () => {
  test("SYNs beyond the half-open ones of a guest are lost, and room comes back", () => {
    const world = setUp({ limits: { halfOpenPerGuest: 8 } });
    world.outside.decide = () => "wait";
    for (let i = 0; i < 50; i++) world.guest.connect(SERVER, 1000 + i);
    expect(world.outside.streams.length).toBe(8);
    expect(world.gateway.counters.dropped.limit).toBe(42);
    for (const stream of world.outside.streams) stream.events.opened();
    world.guest.connect(SERVER, 80);
    expect(world.outside.streams.length).toBe(9);
  });

  test("flows begin no faster than allowed", () => {
    const world = setUp({ limits: { flowsPerSecond: 10, flowBurst: 20 } });
    world.outside.decide = () => "refused";
    const attempt = () => {
      const before = world.outside.streams.length;
      for (let i = 0; i < 100; i++) opened(world, 1 + i);
      return world.outside.streams.length - before;
    };
    expect(attempt()).toBe(20);
    world.scheduler.advance(SECOND);
    expect(attempt()).toBeLessThanOrEqual(12);
  });

  test("connections in TIME_WAIT give way to new ones", () => {
    const world = setUp({ limits: { tcpPerGuest: 4 } });
    for (let i = 0; i < 10; i++) {
      const { tcp, stream } = opened(world, 80 + i);
      stream.events.ended();
      tcp.end();
      stream.events.closed();
    }
    expect(world.outside.streams.length).toBe(10);
    expect(states(world)).toEqual(["TIME_WAIT", "TIME_WAIT", "TIME_WAIT", "TIME_WAIT"]);
  });

  test("one guest's connections leave another's alone", () => {
    const world = setUp({ limits: { tcpPerGuest: 5 } });
    for (let i = 0; i < 10; i++) opened(world, 80 + i);
    expect(world.outside.streams.length).toBe(5);
    world.guest.address = "192.168.122.3";
    const { tcp } = opened(world, 80);
    expect(tcp.state).toBe("open");
  });
});

describe("a forwarded port", () => {
  const host = { address: 0x7f00_0001, port: 8080 };
  const client = { address: 0x7f00_0001, port: 50_000 };
  const forward = { protocol: "tcp" as const, host, guest: { address: 0xc0a8_7a02, port: 80 } };

  test("leads to the guest, from the gateway's address, and is listed and removed", async () => {
    const world = setUp();
    await world.gateway.forwards.add(forward);
    expect(world.gateway.forwards.list()).toEqual([forward]);
    let accepted: GuestTcp | undefined;
    world.guest.listen(80, (tcp) => {
      accepted = tcp;
      tcp.onOpen = () => tcp.write("welcome");
    });
    const stream = world.outside.arrive("127.0.0.1:8080", client)!;
    expect(stream.text).toBe("welcome");
    stream.say("hello");
    expect(accepted!.text).toBe("hello");
    expect(world.gateway.connections()[0]).toMatchObject({ direction: "in", state: "ESTABLISHED", outside: client });
    expect(world.gateway.forwards.remove("tcp", host)).toBe(true);
    expect(world.gateway.forwards.remove("tcp", host)).toBe(false);
    expect(world.outside.arrive("127.0.0.1:8080", client)).toBeUndefined();
    stream.say(", again");
    expect(accepted!.text).toBe("hello, again");
  });

  test("is reset where the guest refuses", async () => {
    const world = setUp();
    await world.gateway.forwards.add(forward);
    expect(world.outside.arrive("127.0.0.1:8080", client)!.destroyed).toBe(true);
    expect(world.gateway.connections()).toEqual([]);
  });

  test("is given up where no guest has the address", async () => {
    const world = setUp();
    world.guest.address = "192.168.122.77";
    await world.gateway.forwards.add(forward);
    const stream = world.outside.arrive("127.0.0.1:8080", client)!;
    expect(states(world)).toEqual(["SYN_SENT"]);
    world.scheduler.advance(60 * SECOND);
    expect(stream.destroyed).toBe(true);
    expect(world.gateway.connections()).toEqual([]);
  });

  test("that makes no sense is refused with a sentence", async () => {
    const world = setUp();
    const outsider = { ...forward, guest: { address: 0x0808_0808, port: 80 } };
    await expect(world.gateway.forwards.add(outsider)).rejects.toThrow("8.8.8.8:80 is not a port of a guest");
    await expect(world.gateway.forwards.add({ ...forward, host: { ...host, port: 1 } })).rejects.toThrow("can not listen there");
    await expect(setUp({ limits: { forwards: 0 } }).gateway.forwards.add(forward)).rejects.toThrow("0 forwards already");
  });
});

describe("policy", () => {
  const attempt = (options: Partial<GatewayOptions>, to: string, port = 80) => {
    const world = setUp(options);
    const tcp = world.guest.connect(to, port);
    world.outside.settle();
    return { to: world.outside.streams[0]?.to, state: tcp.state, icmp: world.guest.icmp };
  };

  test("the host is not reached unless the user allows it", () => {
    expect(attempt({}, GATEWAY)).toEqual({ to: undefined, state: "refused", icmp: [] });
    expect(attempt({}, "198.51.100.7")).toEqual({ to: undefined, state: "opening", icmp: [[3, 13]] });
    expect(attempt({ host: true }, GATEWAY)).toMatchObject({ to: "127.0.0.1:80", state: "open" });
    expect(attempt({ host: true }, "198.51.100.7")).toMatchObject({ to: "198.51.100.7:80", state: "open" });
    expect(attempt({ host: { tcp: [80] } }, GATEWAY, 81).to).toBeUndefined();
    expect(attempt({ host: { udp: [80] } }, GATEWAY).to).toBeUndefined();
    expect(attempt({ host: { tcp: [80] } }, GATEWAY).to).toBe("127.0.0.1:80");
    expect(attempt({ mode: "open" }, GATEWAY).to).toBe("127.0.0.1:80");
  });

  test("private networks are reached only where that is allowed", () => {
    for (const address of ["10.1.2.3", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1"]) {
      expect(attempt({}, address)).toEqual({ to: undefined, state: "opening", icmp: [[3, 13]] });
      expect(attempt({ privateNetworks: true }, address).to).toBe(`${address}:80`);
      expect(attempt({ mode: "open" }, address).to).toBe(`${address}:80`);
    }
  });

  test("loopback, other guests and addresses that are nobody's are never passed on", () => {
    for (const address of [
      "127.0.0.1",
      "127.8.8.8",
      "0.0.0.0",
      "0.1.2.3",
      "224.0.0.1",
      "240.0.0.1",
      "255.255.255.255",
      "192.168.122.3",
      "192.168.122.255",
    ])
      expect(attempt({ mode: "open", host: true, privateNetworks: true }, address)).toEqual({ to: undefined, state: "opening", icmp: [] });
  });

  test("an isolated network has no outside", () => {
    expect(attempt({ mode: "isolated" }, SERVER)).toEqual({ to: undefined, state: "opening", icmp: [[3, 13]] });
  });
});
