// Guests behind a gateway whose way outside is a relay: real sockets at the relay's end, a guest of a test at the other.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { request } from "node:http";
import type { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createHostScheduler } from "../../cli/host-scheduler.js";
import { RelayServer } from "../../cli/net/relay.js";
import { openWebSocket } from "../../cli/net/web-socket/handshake.js";
import { formatIpv4 } from "../../devices/net/gateway/address.js";
import { createGateway } from "../../devices/net/gateway/gateway.js";
import { GATEWAY, TestGuest } from "../../devices/net/gateway/testing/guest.js";
import { ascii, textOf } from "../../devices/net/gateway/testing/packets.js";
import { NameAddresses } from "../../devices/net/relay/name-addresses.js";
import { RelayClient } from "../../devices/net/relay/relay-client.js";
import { ALL_STREAMS, connectPacket, dataPacket, flowControlAddress, parsePacket, REASON } from "../../devices/net/relay/wisp.js";
import { createCable } from "../../devices/net/wire.js";
import { block, digest, gone, MIB, sendAndHear, serve as serveOn, taker, talker, until } from "./host-servers.js";
import { browserLike } from "./relay-socket.js";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

interface Choices {
  readonly mode?: "nat" | "open";
  readonly hostAccess?: boolean;
  readonly origins?: readonly string[];
}

async function relayOf({ mode = "nat", hostAccess = true, origins = [] }: Choices = {}): Promise<RelayServer> {
  const relay = await RelayServer.open({ address: { host: "127.0.0.1", port: 0 }, origins, mode, hostAccess });
  closing.push(() => relay.close());
  return relay;
}

/** `asks`: the client asks whether the relay can do more than version 1. */
async function setUp(choices: Choices = {}, asks = true) {
  const relay = await relayOf(choices);
  const address = `ws://127.0.0.1:${relay.address.port}/`;
  const scheduler = createHostScheduler();
  const told: string[] = [];
  const names = new NameAddresses();
  const open = () => browserLike(asks ? flowControlAddress(address) : address);
  const outside = new RelayClient({ open, scheduler, names, tell: (line) => told.push(line) });
  closing.push(() => outside.close());
  const cable = createCable();
  const gateway = createGateway({ wire: cable.ends[0], scheduler, outside, mode: "open" });
  closing.push(() => gateway.close());
  const guest = new TestGuest(cable.ends[1], scheduler, { window: MIB, scale: 7 });
  return { relay, outside, gateway, guest, names, told };
}

async function serve(answer: (socket: Socket) => void): Promise<number> {
  const { port, server } = await serveOn(answer);
  closing.push(() => server.close());
  return port;
}

describe("TCP", () => {
  test("10 MB go up and come down, and are the same; each side ends for itself", async () => {
    const { gateway, guest, relay } = await setUp();
    guest.keepPackets = false;
    const data = block(10e6);
    const { answer, received } = taker(data);
    const port = await serve(answer);
    const tcp = guest.connect(GATEWAY, port);
    const down = await sendAndHear(tcp, data);
    expect([tcp.receivedBytes, received(), down]).toEqual([data.length, digest(data), digest(data)]);
    await gone(gateway);
    expect(relay.counters).toEqual({ streams: 1, refused: 0, sent: data.length, received: data.length });
  });

  test("a guest that does not read holds the server back, and a server the guest", async () => {
    const { gateway, guest } = await setUp();
    guest.keepPackets = false;
    let written = 0;
    const talking = await serve(
      talker((bytes) => {
        written = bytes;
      }),
    );
    const tcp = guest.connect(GATEWAY, talking);
    tcp.window = 0;
    await until(() => written > 0);
    const deaf = await serve((socket) => socket.pause());
    const up = guest.connect(GATEWAY, deaf);
    up.write(block(16 * MIB));
    await until(() => up.state === "open" && up.peerWindow === 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(32 * MIB);
    expect(tcp.receivedBytes).toBeLessThan(MIB);
    expect(gateway.connections().find(({ remote }) => remote.port === deaf)!.sent).toBeLessThan(14 * MIB);
  });

  test("a port where nobody listens is refused, a reset is one; a lost relay ends what went over it and is found again", async () => {
    const { guest, relay, told } = await setUp();
    const port = await serve((socket) => socket.on("data", () => socket.resetAndDestroy()));
    const refused = guest.connect(GATEWAY, 1);
    await until(() => refused.state === "refused");
    const reset = guest.connect(GATEWAY, port);
    reset.write("x");
    await until(() => reset.state === "reset");
    const open = guest.connect(GATEWAY, await serve(() => {}));
    await until(() => open.state === "open");
    const { address } = relay;
    relay.close();
    await until(() => open.state === "reset");
    const again = await RelayServer.open({ address, origins: [], mode: "nat", hostAccess: true });
    closing.push(() => again.close());
    await until(() => told.length === 3);
    expect(told).toEqual(["the relay is there", "the relay has closed the connection", "the relay is there"]);
  });

  test("by version 1 alone it is as well as it can be: an end without an answer is told after a while, an answer comes whole", async () => {
    const { guest } = await setUp({}, false);
    const answered: string[] = [];
    const port = await serve((socket) => {
      let question = "";
      socket.on("data", (bytes) => {
        question += bytes;
        if (question === "ask") socket.end("answer");
      });
      socket.on("end", () => answered.push(question));
    });
    const asking = guest.connect(GATEWAY, port);
    asking.write("ask");
    await until(() => asking.ended);
    expect(asking.text).toBe("answer");
    const telling = guest.connect(GATEWAY, port);
    telling.write("tell");
    telling.end();
    await until(() => answered.includes("tell"));
    const refused = guest.connect(GATEWAY, 1);
    await until(() => refused.state === "reset");
  });

  test("names are the relay's to look up", async () => {
    const { guest, names } = await setUp();
    const port = await serve((socket) => socket.end("found"));
    const tcp = guest.connect(formatIpv4(names.addressOf("localhost")), port);
    await until(() => tcp.ended);
    expect(tcp.text).toBe("found");
    guest.connect(formatIpv4(names.addressOf("no-such-host.invalid")), port);
    // ICMP: that it can not be reached.
    await until(() => guest.packets.some(({ protocol, payload }) => protocol === 1 && payload[0] === 3));
  });
});

test("UDP goes to the relay's host and back", async () => {
  const { guest, outside } = await setUp();
  const server = createSocket("udp4");
  closing.push(() => server.close());
  server.on("message", (bytes, from) => server.send(`echo ${bytes}`, from.port, from.address));
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  await until(() => outside.isUp);
  guest.sendUdp(GATEWAY, server.address().port, ascii("hello"));
  await until(() => guest.udpFrom(GATEWAY, server.address().port).length > 0);
  expect(guest.udpFrom(GATEWAY, server.address().port).map(textOf)).toEqual(["echo hello"]);
});

describe("who may, and where", () => {
  test.each(["127.0.0.1", "localhost", "127.0.0.2", "10.0.0.1", "0.0.0.0", "224.0.0.1", "a/b", ""])(
    "%s is closed if nothing is said",
    async (host) => {
      const relay = await relayOf({ hostAccess: false });
      const socket = await openWebSocket(`ws://127.0.0.1:${relay.address.port}/`);
      const reasons: number[] = [];
      socket.onmessage = ({ data }) => {
        const packet = parsePacket(data as Uint8Array);
        if (packet?.type === "close") reasons.push(packet.reason);
      };
      socket.send(connectPacket(7, "tcp", host, 80));
      await until(() => reasons.length > 0);
      expect([REASON.BLOCKED, REASON.INVALID]).toContain(reasons[0]);
      expect(relay.counters).toMatchObject({ streams: 0, refused: 1 });
      socket.close();
    },
  );

  test("pages of other origins are turned away", async () => {
    const relay = await relayOf({ origins: ["http://localhost:8080"] });
    const statusFor = async (origin: string) => {
      const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", Origin: origin };
      const asked = request({ port: relay.address.port, headers: { ...headers, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" } }).end();
      return new Promise((resolve) => {
        asked.on("response", ({ statusCode }) => resolve(statusCode));
        asked.on("upgrade", (response, socket) => {
          socket.destroy();
          resolve(response.statusCode);
        });
      });
    };
    expect(await statusFor("http://localhost:8080")).toBe(101);
    expect(await statusFor("https://evil.example")).toBe(403);
  });

  test("a client of version 1 is served: it is told a number of packets first, and a server's end closes its stream", async () => {
    const relay = await relayOf();
    const data = block(3 * MIB);
    const port = await serve((socket) => socket.once("data", () => socket.end(data)));
    const socket = await openWebSocket(`ws://127.0.0.1:${relay.address.port}/`);
    const packets: NonNullable<ReturnType<typeof parsePacket>>[] = [];
    socket.onmessage = ({ data: bytes }) => packets.push(parsePacket(bytes as Uint8Array)!);
    // It need not wait for the connection to stand.
    socket.send(connectPacket(7, "tcp", "localhost", port));
    socket.send(dataPacket(7, ascii("go")));
    await until(() => packets.some(({ type }) => type === "close"));
    // Clients of others stumble over streams that they do not have.
    expect(new Set(packets.slice(1).map(({ stream }) => stream))).toEqual(new Set([7]));
    expect(packets[0]).toEqual({ type: "continue", stream: ALL_STREAMS, count: 128 });
    expect(packets.at(-1)).toEqual({ type: "close", stream: 7, reason: REASON.VOLUNTARY });
    const parts = packets.flatMap((packet) => (packet.type === "data" ? [packet.bytes] : []));
    expect(digest(Buffer.concat(parts))).toBe(digest(data));
    socket.close();
  });
});
